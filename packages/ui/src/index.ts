export type {
  ClusterState,
  FlightsView,
  GroupRights,
  HotKeysView,
  HotKeyView,
  KeyAtMember,
  KeyView,
  MemberProblem,
  MemberState,
  MemberView,
  RingPicture,
  Session,
  UiEvents,
} from './api.js';
export { pageFolder } from './page-folder.js';
