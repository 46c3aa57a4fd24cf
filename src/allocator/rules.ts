// The numbers that the allocator works with: those of the osmem contract, unless told otherwise.

import type { PlacementRules } from '../contract/contract.ts';
import { osmem } from '../contract/osmem.ts';

export type AllocatorRules = Pick<
  PlacementRules,
  'mmapThreshold' | 'pageSize' | 'preallocation' | 'dynamicThreshold'
>;

const { mmapThreshold, pageSize, preallocation } = osmem.placement as PlacementRules;

export const osmemRules: AllocatorRules = { mmapThreshold, pageSize, preallocation };
