-- Wireshark dissector for the GUE datagrams of trueingress (docs/SEEING-PACKETS.md). Written from their format alone:
--
--   data         05 04 a0 00 (IPv4 inside) or 05 29 a0 00 (IPv6 inside) . group be16 . service be16 . key 16 B . packet
--   ping         26 01 a0 00 . group be16 . service be16 . key 16 B . tunnel be32
--   signed ping  2a 01 a0 00 . as a ping . sequence be64 . tag 8 B
--   data, short  05 04 a0 00 or 05 29 a0 00 . tunnel be32 . packet
--   ping, short  26 01 a0 00 . tunnel be32
--
-- Install: copy it into one of the folders that Help > About Wireshark > Folders calls "Lua Plugins"; or for once
--   wireshark -X lua_script:trueingress-gue.lua FILE
-- Keys are never shown, only that they are there. (The bytes of the packet, of course, have them.)

local gue = Proto("tigue", "TrueIngress GUE")

local kinds = { [1] = "data", [2] = "ping", [3] = "signed ping" }
local headers = { [1] = "keyed", [2] = "short" }
local protocols = { [4] = "IPv4", [41] = "IPv6" }
local control_types = { [1] = "ping" }

local f = {
  version = ProtoField.uint8("tigue.version", "Version", base.DEC, nil, 0xc0),
  control = ProtoField.bool("tigue.control", "Control message", 8, nil, 0x20),
  hlen = ProtoField.uint8("tigue.hlen", "Header length in words", base.DEC, nil, 0x1f),
  proto = ProtoField.uint8("tigue.proto", "Protocol inside", base.DEC, protocols),
  ctype = ProtoField.uint8("tigue.ctype", "Control type", base.DEC, control_types),
  flags = ProtoField.uint16("tigue.flags", "Flags", base.HEX),
  flag_group = ProtoField.bool("tigue.flags.group", "Group identifier", 16, nil, 0x8000),
  flag_security = ProtoField.uint16("tigue.flags.security", "Security field", base.DEC, nil, 0x7000),
  group = ProtoField.uint16("tigue.group", "Group", base.DEC),
  service = ProtoField.uint16("tigue.service", "Service", base.DEC),
  tunnel = ProtoField.uint32("tigue.tunnel", "Tunnel", base.DEC),
  sequence = ProtoField.uint64("tigue.sequence", "Sequence", base.DEC),
  sent = ProtoField.absolute_time("tigue.sent", "Sent", base.UTC),
  tag = ProtoField.bytes("tigue.tag", "Tag (SipHash-2-4)"),
  kind = ProtoField.uint8("tigue.kind", "Kind", base.DEC, kinds),
  header = ProtoField.uint8("tigue.header", "Header", base.DEC, headers),
  key_length = ProtoField.uint8("tigue.key.length", "Key", base.UNIT_STRING, { " byte", " bytes" }),
  id = ProtoField.string("tigue.id", "Group/service"),
}
gue.fields = f

local e = {
  malformed = ProtoExpert.new("tigue.malformed", "Not a GUE datagram of trueingress", expert.group.MALFORMED, expert.severity.ERROR),
  length = ProtoExpert.new("tigue.length", "The inner packet's length is not what the datagram has left for it",
    expert.group.MALFORMED, expert.severity.WARN),
}
gue.experts = e

local KEYED, SHORT = 1, 2
local choices = { { 0, "as the packet inside tells", 0 }, { KEYED, "keyed", KEYED }, { SHORT, "short", SHORT } }
gue.prefs.ports = Pref.range("UDP ports", "6080", "Ports of tunnel endpoints", 65535)
gue.prefs.header = Pref.enum("Header", 0, "Keyed and short header begin with the same word; only a tunnel's two ends know which it is",
  choices, false)

local DATA_IPV4, DATA_IPV6, PING, SIGNED_PING = 0x0504a000, 0x0529a000, 0x2601a000, 0x2a01a000
local KEYED_BYTES, SHORT_BYTES = 24, 8
local kind_of = { [DATA_IPV4] = 1, [DATA_IPV6] = 1, [PING] = 2, [SIGNED_PING] = 3 }
local kind_words = { "Data", "Ping", "Signed ping" }

-- Bytes after the UDP header, as that says: a capture may have kept fewer.
local function reported(tvb)
  return tvb:reported_len()
end

-- Whether an IP packet of exactly the bytes that are left begins there.
local function agrees(tvb, word, at)
  if tvb:len() < at + 6 then return false end
  local version = tvb(at, 1):bitfield(0, 4)
  if word == DATA_IPV4 then return version == 4 and tvb(at + 2, 2):uint() == reported(tvb) - at end
  return version == 6 and tvb(at + 4, 2):uint() + 40 == reported(tvb) - at
end

local function header_of(tvb, word)
  if gue.prefs.header ~= 0 then return gue.prefs.header end
  if word == PING then return reported(tvb) == SHORT_BYTES and SHORT or KEYED end
  if word == SIGNED_PING then return KEYED end
  if not agrees(tvb, word, KEYED_BYTES) and agrees(tvb, word, SHORT_BYTES) then return SHORT end
  return KEYED
end

local function add_first_word(tvb, tree)
  local control = tvb(0, 1):bitfield(2, 1) == 1
  tree:add(f.version, tvb(0, 1))
  tree:add(f.control, tvb(0, 1))
  tree:add(f.hlen, tvb(0, 1))
  tree:add(control and f.ctype or f.proto, tvb(1, 1))
  local flags = tree:add(f.flags, tvb(2, 2))
  flags:add(f.flag_group, tvb(2, 2))
  flags:add(f.flag_security, tvb(2, 2))
end

-- Returns the words that say whose it is.
local function add_keyed(tvb, tree)
  tree:add(f.group, tvb(4, 2))
  tree:add(f.service, tvb(6, 2))
  local id = tvb(4, 2):uint() .. "/" .. tvb(6, 2):uint()
  tree:add(f.id, id):set_generated()
  -- Without its range: what is marked in a tree is also written by exports of it.
  tree:add(f.key_length, math.max(0, math.min(16, tvb:len() - 8))):append_text(" (not shown)")
  return "service " .. id
end

local function add_ping(tvb, tree, kind)
  if tvb:len() < 28 then return "" end
  tree:add(f.tunnel, tvb(24, 4))
  local text = ", tunnel " .. tvb(24, 4):uint()
  if kind == 3 and tvb:len() >= 44 then
    tree:add(f.sequence, tvb(28, 8))
    local ns = tvb(28, 8):uint64()
    tree:add(f.sent, tvb(28, 8), NSTime.new((ns / 1000000000):tonumber(), (ns % 1000000000):tonumber())):set_generated()
    tree:add(f.tag, tvb(36, 8))
  end
  return text
end

local function expected_bytes(kind, header)
  if kind == 1 then return nil end
  if header == SHORT then return SHORT_BYTES end
  return kind == 2 and 28 or 44
end

function gue.dissector(tvb, pinfo, root)
  if tvb:len() < 8 then return 0 end
  local word = tvb(0, 4):uint()
  local kind = kind_of[word]
  pinfo.cols.protocol = "GUE"
  local tree = root:add(gue, tvb())
  add_first_word(tvb, tree)
  if not kind then
    tree:add_proto_expert_info(e.malformed)
    pinfo.cols.info = string.format("GUE of another kind (%08x)", word)
    return tvb:len()
  end
  local header = header_of(tvb, word)
  tree:add(f.kind, kind):set_generated()
  tree:add(f.header, header):set_generated()
  local whose
  if header == SHORT then
    tree:add(f.tunnel, tvb(4, 4))
    whose = "tunnel " .. tvb(4, 4):uint()
  else
    whose = add_keyed(tvb, tree)
  end
  local wanted = expected_bytes(kind, header)
  if wanted then
    if header == KEYED then whose = whose .. add_ping(tvb, tree, kind) end
    if reported(tvb) ~= wanted then tree:add_proto_expert_info(e.malformed, "A ping of " .. reported(tvb) .. " bytes") end
    pinfo.cols.info = kind_words[kind] .. ", " .. whose
    tree:append_text(", " .. kind_words[kind] .. ", " .. whose)
    return tvb:len()
  end
  local packet_at = header == SHORT and SHORT_BYTES or KEYED_BYTES
  tree:append_text(", " .. kind_words[kind] .. ", " .. whose)
  tree:set_len(math.min(packet_at, tvb:len()))
  if tvb:len() <= packet_at then return tvb:len() end
  if tvb:len() >= packet_at + 6 and not agrees(tvb, word, packet_at) then tree:add_proto_expert_info(e.length) end
  Dissector.get(word == DATA_IPV4 and "ip" or "ipv6"):call(tvb(packet_at):tvb(), pinfo, root)
  return tvb:len()
end

local udp = DissectorTable.get("udp.port")
local registered = gue.prefs.ports
udp:add(registered, gue)

function gue.prefs_changed()
  if registered == gue.prefs.ports then return end
  udp:remove(registered, gue)
  registered = gue.prefs.ports
  udp:add(registered, gue)
end
