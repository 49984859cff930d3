// Messages as version 1 puts them on the wire. Once it is released, nothing here is changed: members of that version may be about
// for as long as anybody runs them, and a rolling update has both versions in one ring.

/** A message: its fields in order, those of an entry apart from each other. */
export type Recorded = readonly string[];

/** A client's first message to the Cache service: everything that it could ask. */
export const CACHE_REQUESTS: Recorded = [
  '0801', // protocol 1
  '1217 0801 1001 1a0167 2206e5bca0e4b889 38a01f 4203722d31', // 1: get 张三 of group g, within 4,000 ms, as request r-1
  '1216 0802 1002 1a0167 220162 2a0300ff80 30e0d403 38a01f', // 2: set b to 00 ff 80 for 60,000 ms
  '1219 0803 1002 1a0167 220163 2a0143 30ffffffffffffff0f 38a01f', // 3: set c to C for 2^53 - 1 ms, which is for ever
  '120d 0804 1002 1a0167 220164 38a01f', // 4: set d to nothing, for as long as the group has it
  '120d 0805 1003 1a0167 220162 38a01f', // 5: delete b
  '120a 0806 1007 1a0167 38a01f', // 6: clear
];

/** A member's first message to another's Peer service: everything that it could ask. */
export const PEER_REQUESTS: Recorded = [
  '0801', // protocol 1
  '120d 0801 1001 1a0167 22016b 38a01f', // 1: get k
  '1212 0802 1002 1a0167 220162 2a0142 3001 38a01f', // 2: set b to B for 1 ms
  '120d 0803 1003 1a0167 220162 38a01f', // 3: delete b
  '1213 0804 1004 1a0167 22076e6f7468696e67 38a01f', // 4: peek at nothing
  '1210 0805 1005 1a0167 220162 38a01f 48ac02', // 5: drop b, of which there is version 300
  '1213 0806 1005 1a0167 38a01f 48ffffffffffffff0f', // 6: drop everything before version 2^53 - 1
  // 7: an exchange, from m2:1 (gRPC at m2:1, HTTP at m2:2, of weight 1.5, incarnation x-9), which goes by the view 3/m1:1#a/i,
  // takes it for active, hears m1:1#a and 张三:1#, and is settled, to served#present of the cluster default, by a ring
  // that is hashed by ringcache/8192
  '1277 0807 1006 38a01f 526e 0a200a046d323a3112046d323a311a046d323a3221000000000000f83f2a03782d39' +
    '120a332f6d313a3123612f69 2001 2a066d313a312361 2a09e5bca0e4b8893a3123 3001' +
    '4a0764656661756c74 520e7365727665642370726573656e74 5a0e72696e6763616368652f38313932',
];

/** Answers to {@link CACHE_REQUESTS}. */
export const CACHE_ANSWERS: Recorded = [
  '0801', // protocol 1
  '121032666438353433366234356663633163', // the ring is 2fd85436b45fcc1c
  '1a15 0801 1a03332e35 2007 28e0d403 3003 3a046d313a31', // 1: 3.5, version 7, 60,000 ms left, just loaded by m1:1
  '1a05 0802 20ac02', // 2: version 300, everybody has heard
  '1a18 0803 20ad02 4a046d323a31 4a08e5bca0e4b8893a31 508827', // 3: 301; m2:1 and 张三:1 have not, for 5,000 ms
  '1a1f 0804 121b0a0a6f7665726c6f61646564120a636f6d6520616761696e18fa01', // 4: overloaded: come again, in 250 ms
  '1a26 0805 12220a08647261696e696e671216746865206d656d62657220697320647261696e696e67', // 5: the member is draining
  '1a05 0806 20af02', // 6: version 303
];

/** Answers to {@link PEER_REQUESTS}. */
export const PEER_ANSWERS: Recorded = [
  '0801', // protocol 1
  '1a1b 0801 1a0200ff 20ffffffffffffff0f 3001 3a08e5bca0e4b8893a31', // 1: 00 ff, 2^53 - 1, for ever, from 张三:1's main
  '1a04 0802 2001', // 2: version 1
  '1a1f 0803 121b0a096e6f745f666f756e64120e6e6f2073756368206b65793a2062', // 3: not_found: no such key: b
  '1a04 0804 4001', // 4: nothing is held
  '1a02 0805', // 5: done
  '1a02 0806', // 6: done
  // 7: a grant, from m1:1 (gRPC at m1:1, HTTP at m1:2, of weight 1, incarnation a), which goes by the view 4/m1:1#a/k, hears
  // m2:1#x-9, and leaves. The view is of the lineage m1:1#a/j, number 4, of m1:1 and m2:1; before it were m1:1 and 张三:1 (gRPC
  // at 张三:1, of weight 1); it is armed
  '1add01 0807 5ad801 0a1e0a046d313a3112046d313a311a046d313a3221000000000000f03f2a0161 120a342f6d313a3123612f6b' +
    '1a9b01 0a0a342f6d313a3123612f6b 12086d313a3123612f6a 1804' +
    '221e0a046d313a3112046d313a311a046d313a3221000000000000f03f2a0161' +
    '22200a046d323a3112046d323a311a046d323a3221000000000000f83f2a03782d39' +
    '2a1e0a046d313a3112046d313a311a046d313a3221000000000000f03f2a0161' +
    '2a1d0a08e5bca0e4b8893a311208e5bca0e4b8893a3121000000000000f03f' +
    '3001' +
    '2a086d323a3123782d39 3801 4801',
];

/** An answer of the Admin service to who is in the ring: m1:1 and m2:2, by m1:1, from a list that is old. */
export const MEMBERS: Recorded = [
  '0a046d313a31', // by m1:1
  '121b 0a046d313a31 12046d313a31 1a046d313a32 21000000000000f03f', // m1:1, gRPC at m1:1, HTTP at m1:2, of weight 1
  '120f 0a046d323a32 21000000000000e03f', // m2:2, of weight 0.5
  '1a1032666438353433366234356663633163', // ring 2fd85436b45fcc1c
  '220972696e676361636865', // in the dialect ringcache
  '28a001', // 160 points a member
  '3001', // stale
];

/** The bytes of a message, or of some of its fields. */
export function recorded(...fields: Recorded): Buffer {
  return Buffer.from(fields.join('').replaceAll(' ', ''), 'hex');
}
