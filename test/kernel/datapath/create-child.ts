// A process that makes slot b of instance one and ends: what kill.test.ts kills. Arguments: bpffs, run directory.
import { openKernelDatapath } from '../../../src/datapath/kernel/open.ts';
import { meta, spec } from './fixtures.ts';

const [bpffs = '', runDirectory = ''] = process.argv.slice(2);
const datapath = openKernelDatapath({ bpffs, runDirectory });
datapath.createSlot('one', 'b', spec(), meta('one', 'b', { generation: 2n }));
datapath.close();
