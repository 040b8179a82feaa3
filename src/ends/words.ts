// Names as findings about two hosts write them.
import type { Service } from '../topology/topology.ts';
import { quote } from '../topology/wording.ts';
import { serviceName } from './pairs.ts';

export function serviceTitle(service: Service): string {
  return `service ${serviceName(service)} ${quote(service.name)}`;
}
