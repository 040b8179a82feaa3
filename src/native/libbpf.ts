// Every function of libbpf that we call, with its C signature. All `int` ones return a negative errno on failure. libbpf
// 1.0 to 1.7 have them all; option structs are given with the size that 1.0 knows, which later versions accept.
import { native } from './koffi.ts';

const so = 'libbpf.so.1';

export const libbpf = {
  setPrint: native(so, 'libbpf_set_print', 'pointer', ['pointer']),
  versionString: native(so, 'libbpf_version_string', 'text', []),
  possibleCpus: native(so, 'libbpf_num_possible_cpus', 'int', []),

  objectOpenMemory: native(so, 'bpf_object__open_mem', 'pointer', ['bytes', 'size', 'bytes']),
  objectLoad: native(so, 'bpf_object__load', 'int', ['pointer']),
  objectClose: native(so, 'bpf_object__close', 'void', ['pointer']),
  objectBtf: native(so, 'bpf_object__btf', 'pointer', ['pointer']),
  btfRawData: native(so, 'btf__raw_data', 'pointer', ['pointer', 'bytes']),
  objectFindMap: native(so, 'bpf_object__find_map_by_name', 'pointer', ['pointer', 'text']),
  objectFindProgram: native(so, 'bpf_object__find_program_by_name', 'pointer', ['pointer', 'text']),
  mapFd: native(so, 'bpf_map__fd', 'int', ['pointer']),
  mapReuseFd: native(so, 'bpf_map__reuse_fd', 'int', ['pointer', 'int']),
  mapSetMaxEntries: native(so, 'bpf_map__set_max_entries', 'int', ['pointer', 'uint']),
  mapInitialValue: native(so, 'bpf_map__initial_value', 'pointer', ['pointer', 'bytes']),
  mapSetInitialValue: native(so, 'bpf_map__set_initial_value', 'int', ['pointer', 'bytes', 'size']),
  programFd: native(so, 'bpf_program__fd', 'int', ['pointer']),

  pin: native(so, 'bpf_obj_pin', 'int', ['int', 'text']),
  pinned: native(so, 'bpf_obj_get', 'int', ['text']),
  info: native(so, 'bpf_obj_get_info_by_fd', 'int', ['int', 'bytes', 'bytes']),
  mapById: native(so, 'bpf_map_get_fd_by_id', 'int', ['uint']),
  btfById: native(so, 'bpf_btf_get_fd_by_id', 'int', ['uint']),
  programById: native(so, 'bpf_prog_get_fd_by_id', 'int', ['uint']),
  nextProgramId: native(so, 'bpf_prog_get_next_id', 'int', ['uint', 'bytes']),
  bindMap: native(so, 'bpf_prog_bind_map', 'int', ['int', 'int', 'bytes']),
  programLoad: native(so, 'bpf_prog_load', 'int', ['uint', 'text', 'text', 'bytes', 'size', 'bytes']),

  mapCreate: native(so, 'bpf_map_create', 'int', ['int', 'text', 'uint', 'uint', 'uint', 'bytes']),
  lookup: native(so, 'bpf_map_lookup_elem_flags', 'int', ['int', 'bytes', 'bytes', 'u64']),
  update: native(so, 'bpf_map_update_elem', 'int', ['int', 'bytes', 'bytes', 'u64']),
  remove: native(so, 'bpf_map_delete_elem', 'int', ['int', 'bytes']),
  lookupBatch: native(so, 'bpf_map_lookup_batch', 'int', ['int', 'bytes', 'bytes', 'bytes', 'bytes', 'bytes', 'bytes']),
  updateBatch: native(so, 'bpf_map_update_batch', 'int', ['int', 'bytes', 'bytes', 'bytes', 'bytes']),
  deleteBatch: native(so, 'bpf_map_delete_batch', 'int', ['int', 'bytes', 'bytes', 'bytes']),

  attach: native(so, 'bpf_prog_attach_opts', 'int', ['int', 'int', 'uint', 'bytes']),
  detach: native(so, 'bpf_prog_detach2', 'int', ['int', 'int', 'uint']),
  query: native(so, 'bpf_prog_query_opts', 'int', ['int', 'uint', 'bytes']),
  testRun: native(so, 'bpf_prog_test_run_opts', 'int', ['int', 'bytes']),
} as const;
