// Known bugs, to be planted in a copy of the code, one at a time: what shows that the simulation, or a unit test, finds such
// things. Each breaks one rule. An edit that does not apply any more is a failure: it would plant nothing.

export interface Mutant {
  /** What is wrong with the code that has it. */
  readonly name: string;
  /** The promise or rule that it breaks. */
  readonly breaks: string;
  readonly edits: readonly { readonly file: string; readonly from: string; readonly to: string }[];
  /** The test file that catches it; left out: the simulation does, within 500 seeds. */
  readonly test?: string;
}

const CORE = 'packages/cache-core/src';
const MEMBERSHIP = `${CORE}/membership/membership.ts`;
const MEMBERSHIP_TEST = `${CORE}/membership/membership.test.ts`;

function edit(file: string, from: string, to: string): Mutant['edits'] {
  return [{ file, from, to }];
}

/** Of what a read may answer. */
const READING: readonly Mutant[] = [
  {
    name: 'one flight map for load and fetch',
    breaks: 'loads and fetches have separate flights: members whose rings disagree never wait for each other',
    edits: edit(
      `${CORE}/fetching.ts`,
      'this.flights = new Flights({ clock: state.clock, timeoutMs: state.limits.flightTimeoutMs });',
      'this.flights = loading.flights;',
    ),
  },
  {
    name: 'a serve asks another member',
    breaks: 'a member that serves a peer asks no third one',
    edits: edit(
      `${CORE}/reading.ts`,
      'if (asOwner && !this.#state.peers.actsAsOwner(key)) throw this.#state.peers.whyNoOwner();',
      'if (asOwner && !this.#state.peers.actsAsOwner(key)) return this.get(key, given);',
    ),
  },
  {
    name: 'a second flight for a key that is in flight',
    breaks: 'one load a key, however many ask',
    edits: edit(`${CORE}/flights.ts`, 'if (open === undefined) return', 'if (open === undefined || epoch >= 0) return'),
  },
  {
    name: 'a copy outlives what the owner said of it',
    breaks: 'no value is served after its time to live',
    edits: edit(
      `${CORE}/group-state.ts`,
      "place === 'main' ? entry.ttlMs : Math.min(entry.ttlMs, this.limits.hotTtlMs)",
      "place === 'main' ? entry.ttlMs : 1e9",
    ),
  },
  {
    name: 'a time to live that is not kept',
    breaks: 'no value is served after its time to live',
    edits: edit(
      `${CORE}/group-state.ts`,
      'return ttlMs * (1 - this.limits.ttlJitter * this.#random());',
      'return Number.POSITIVE_INFINITY;',
    ),
  },
  {
    name: 'an absence that is remembered for ever',
    breaks: 'the absence of a key is remembered for negativeTtlMs, and no longer',
    edits: edit(
      `${CORE}/loading.ts`,
      'const ttlMs = state.limits.negativeTtlMs;',
      'const ttlMs = Number.POSITIVE_INFINITY;',
    ),
    test: `${CORE}/read-path.test.ts`,
  },
  {
    name: 'a get that does not end by its deadline',
    breaks: 'every operation ends within the time that its caller gives',
    edits: edit(
      `${CORE}/flights.ts`,
      'const late = () => leave(',
      'const late = () => void ((settle: () => void) => settle)(',
    ),
    test: `${CORE}/read-path.test.ts`,
  },
  {
    name: 'an expired value in place of a row that is gone',
    breaks: 'gone is gone: an expired value does not stand in for it',
    edits: edit(`${CORE}/freshness.ts`, "if (CacheError.from(error).code === 'not_found') return reject(error);\n", ''),
    test: `${CORE}/freshness.test.ts`,
  },
  {
    name: 'a member says that a key is absent whose owner is silent',
    breaks: 'a key of a group without an origin is unavailable, not absent, while its owner is silent',
    edits: edit(`${CORE}/fetching.ts`, 'if (!this.#loading.hasOrigin)\n      throw', 'if (timeoutMs < 0)\n      throw'),
    test: `${CORE}/read-path.test.ts`,
  },
];

/** Of what a write does. */
const WRITING: readonly Mutant[] = [
  {
    name: 'no fence',
    breaks: 'what a flight brings that began before a write is not stored after it',
    edits: edit(
      `${CORE}/flights.ts`,
      'flight.fenced = true;\n    this.#flights.delete(key);',
      'this.#flights.delete(key);',
    ),
  },
  {
    name: 'a write does not fence fetches',
    breaks: 'the same, of fetches',
    edits: edit(`${CORE}/writing.ts`, '    this.#fetching.flights.fence(key);\n', ''),
  },
  {
    name: 'a clear does not fence fetches',
    breaks: 'the same, of fetches and a clear',
    edits: edit(`${CORE}/writing.ts`, '    this.#fetching.flights.fenceAll();\n', ''),
    test: `${CORE}/write-path.test.ts`,
  },
  {
    name: 'a clear does not fence loads',
    breaks: 'the same, of loads and a clear',
    edits: edit(`${CORE}/loading.ts`, '    this.flights.fenceAll();\n', ''),
    test: `${CORE}/write-path.test.ts`,
  },
  {
    name: 'a refresh of an expired value stores after a write',
    breaks: 'the same, of refreshes in the background',
    edits: edit(
      `${CORE}/loading.ts`,
      "if (!flight.fenced) state.store('main', key, entry, options, epoch);",
      "if (!flight.fenced || state.limits.staleWhileRevalidateMs > 0) state.store('main', key, entry, options, epoch);",
    ),
  },
  {
    name: 'an invalidation does not drop a remembered absence',
    breaks: 'an invalidation drops whatever is held of a key',
    edits: edit(
      `${CORE}/writing.ts`,
      'return this.#state.holdings.drop(key);',
      'const held = this.#state.holdings.locate(key);\n    return held !== undefined && held.value.byteLength > 0 && this.#state.holdings.drop(key);',
    ),
    test: `${CORE}/write-path.test.ts`,
  },
  {
    name: 'an invalidation does not drop copies',
    breaks: 'an invalidation drops whatever is held of a key',
    edits: edit(`${CORE}/holdings.ts`, 'const inHot = this.hot.delete(key);', 'const inHot = false;'),
  },
  {
    name: 'a set that is not stored',
    breaks: 'what was set is there',
    edits: [
      ...edit(
        `${CORE}/writing.ts`,
        "this.#state.store('main', key, { value: change.value, version, ttlMs }, options, epoch);",
        'void [epoch, ttlMs];',
      ),
      ...edit(`${CORE}/writing.ts`, 'const isKept = change.op', "const isKept = change.op === 'set' || change.op"),
    ],
  },
  {
    name: 'what was set is gone after 300 ms',
    breaks: 'what was set is there, for as long as it was said to live',
    edits: edit(
      `${CORE}/writing.ts`,
      'const ttlMs = change.ttlMs ?? this.#state.lifeOf();',
      'const ttlMs = Math.min(300, change.ttlMs ?? this.#state.lifeOf());',
    ),
  },
  {
    name: 'a write that tells nobody',
    breaks: 'after a write that all acknowledged nobody answers an older value',
    edits: edit(`${CORE}/writing.ts`, 'for (let untold = targets();', 'for (let untold: readonly ViewMember[] = [];'),
  },
  {
    name: 'a member that comes while a write is told is not told',
    breaks: 'a write is told to every member that asks to be told before it is answered',
    edits: edit(
      `${CORE}/writing.ts`,
      'untold = targets().filter((each) => !told.has(keyOf(each)))) {',
      'untold = []) {',
    ),
    test: `${CORE}/write-path.test.ts`,
  },
  {
    name: 'a member that has not acknowledged is not told again',
    breaks: 'a partial write is settled once the missing member shows itself',
    edits: edit(
      `${CORE}/writing.ts`,
      'if (peers.exchanges) peers.invalidations.queueMissed(member, { ...invalidation, group: name, keepsOwned });',
      '',
    ),
    test: `${CORE}/silent-members.test.ts`,
  },
  {
    name: 'a write while everything is told again is forgotten',
    breaks: 'a partial write is settled once the missing member shows itself',
    edits: edit(
      `${CORE}/invalidations.ts`,
      '    // Anew also where',
      '    if (invalidations.has(everything)) return;\n    // Anew also where',
    ),
    test: `${CORE}/invalidations.test.ts`,
  },
  {
    name: 'a delete that is told again removes what was set since',
    breaks: 'a partial delete is done late only where an origin has the value',
    edits: edit(
      `${CORE}/writing.ts`,
      'const keepsOwned = invalidation.keepsOwned || !this.#loading.hasOrigin;',
      'const { keepsOwned } = invalidation;',
    ),
    test: `${CORE}/silent-members.test.ts`,
  },
  {
    name: 'an invalidation that is late drops what its receiver owns by now',
    breaks: 'what a member acts as the owner of is changed by nobody else',
    edits: edit(`${CORE}/writing.ts`, 'keepOwned: keepsOwned && peers.actsAsOwner(key)', 'keepOwned: false'),
    test: `${CORE}/testing/memory-network.test.ts`,
  },
  {
    name: 'a clear among many missed invalidations is told as one of them',
    breaks: 'a clear reaches every member, what it owns included',
    edits: edit(
      `${CORE}/invalidations.ts`,
      'invalidation.keepsOwned && ofGroup.every(([, each]) => each.keepsOwned)',
      'invalidation.keepsOwned',
    ),
    test: `${CORE}/invalidations.test.ts`,
  },
  {
    name: 'a flight that has ended counts on',
    breaks: 'what grows with what is asked shrinks again',
    edits: edit(`${CORE}/flights.ts`, '          this.#inFlight--;\n', ''),
  },
  {
    name: 'members that are gone are remembered for ever',
    breaks: 'what grows with members that come and go shrinks again',
    edits: edit(MEMBERSHIP, '    this.#forgetStrangers(now);\n', ''),
    test: MEMBERSHIP_TEST,
  },
  {
    name: 'a member that was cut off meanwhile says that all were told',
    breaks: 'a write is acknowledged by all only if its writer knew all of them, at its end too',
    edits: edit(
      `${CORE}/writing.ts`,
      'hasActed = actedSince() && peers.viewId === viewId;',
      'hasActed = viewId !== null;',
    ),
    test: `${CORE}/write-path.test.ts`,
  },
  {
    name: 'a write waits for a member that is known to be silent',
    breaks: 'nobody waits for a member that is known to be silent',
    edits: edit(`${CORE}/writing.ts`, 'if (peers.isSilent(member)) throw', 'if (peers.breakers.size > 1e6) throw'),
    test: `${CORE}/write-path.test.ts`,
  },
];

/** Of rings that change, and of who may keep values. */
const CHANGES: readonly Mutant[] = [
  {
    name: 'ownership history off by one',
    breaks: 'what a member owned, lost and owns again is not served from before',
    edits: edit(`${CORE}/ownership.ts`, 'if (span.epoch <= epoch) break;', 'if (span.epoch <= epoch + 1) break;'),
    test: `${CORE}/ownership.test.ts`,
  },
  {
    name: 'an owner before is asked for a key that was written since',
    breaks: 'a handoff brings nothing that was written over since the ring changed',
    edits: [
      {
        file: `${CORE}/handoff.ts`,
        from: 'if (entry === undefined || this.#changed.has(key)) return undefined;',
        to: 'if (entry === undefined) return undefined;',
      },
      {
        file: `${CORE}/handoff.ts`,
        from: 'if (!this.#isOpen() || this.#changed.has(key)) return undefined;',
        to: 'if (!this.#isOpen()) return undefined;',
      },
    ],
    test: `${CORE}/handoff.test.ts`,
  },
  {
    name: 'an isolated member goes on with what it held',
    breaks: 'rule 1: a member that may have missed writes serves nothing that it holds',
    edits: edit(`${CORE}/peers.ts`, "if (kind === 'isolated') this.ownership.isolate();", ''),
    test: `${CORE}/peers.test.ts`,
  },
  {
    name: 'what another member owned in between is served',
    breaks: 'rule 8: what moved to another member, and back, may have been written there',
    edits: edit(
      `${CORE}/holdings.ts`,
      'if (!ownership.ownedSince(this.main.keyAt(slot), storedIn)) return false;',
      'if (!this.#peers.owns(this.main.keyAt(slot))) return false;',
    ),
    test: `${CORE}/silent-members.test.ts`,
  },
  {
    name: 'a copy is served although its owner grants nothing',
    breaks: "rule 9: a copy is served only while its owner's grant holds without a gap",
    edits: edit(`${CORE}/holdings.ts`, 'return this.#peers.isGrantLive(this.hot.epochAt(slot));', 'return slot > 0;'),
    test: `${CORE}/silent-members.test.ts`,
  },
  {
    name: 'a member in doubt serves what it holds',
    breaks: 'rule 5: a member in doubt serves nothing that it holds',
    edits: edit(`${CORE}/holdings.ts`, 'return this.#peers.mayAct;', 'return this.#peers.isInView;'),
    test: `${CORE}/peers.test.ts`,
  },
  {
    name: 'a member that does not act as the owner makes changes',
    breaks: 'rule 10: only the member that acts as the owner answers that all know',
    edits: edit(`${CORE}/writing.ts`, 'if (!peers.actsAsOwner(key)) throw peers.whyNoOwner();', ''),
    test: `${CORE}/peers.test.ts`,
  },
  {
    name: 'a member that does not act as the owner serves peers',
    breaks: 'rule 7: only the member that acts as the owner answers fetches',
    edits: edit(
      `${CORE}/reading.ts`,
      'if (asOwner && !this.#state.peers.actsAsOwner(key)) throw this.#state.peers.whyNoOwner();',
      '',
    ),
    test: `${CORE}/read-path.test.ts`,
  },
  {
    name: 'what is loaded past the owner is kept',
    breaks: 'rule 9: a value that was loaded while another member owns the key is not kept',
    edits: edit(
      `${CORE}/holdings.ts`,
      'return this.#peers.actsAsOwner(key) && this.#peers.ownership.ownedSince(key, epoch);',
      'return epoch >= 0 && key !== undefined;',
    ),
    test: `${CORE}/read-path.test.ts`,
  },
  {
    name: 'a load past the owner is shared',
    breaks: 'rule 9: a load past the owner is not joined by callers that came later',
    edits: edit(
      `${CORE}/loading.ts`,
      'const epoch = peers.actsAsOwner(key) ? peers.ownership.epoch : 0;',
      'const { epoch } = peers.ownership;',
    ),
    test: `${CORE}/read-path.test.ts`,
  },
  {
    name: 'only members that granted this view are told of a write',
    breaks: 'rule 10: every member that was granted within W acknowledges',
    edits: edit(
      `${CORE}/membership/membership.ts`,
      'filter(({ gaveAt, isGone }) => gaveAt > since && !isGone)',
      'filter(({ gaveAt, isGone, namedViewAt }) => gaveAt > since && !isGone && namedViewAt !== undefined)',
    ),
    test: MEMBERSHIP_TEST,
  },
  {
    name: 'a watch that misses events',
    breaks: 'the list that clients follow is the whole list in the end',
    edits: [
      {
        file: 'packages/discovery/src/etcd-watch.ts',
        from: 'this.#table.revision + 1, {',
        to: 'this.#table.revision + 2, {',
      },
      { file: 'packages/discovery/src/etcd-watch.ts', from: 'REREAD_MS = 30_000;', to: 'REREAD_MS = 2e9;' },
    ],
    test: 'packages/discovery/src/etcd-watch.test.ts',
  },
  {
    name: 'one bad list ends membership',
    breaks: 'a list of which no ring can be made is skipped, and the next one is taken',
    edits: edit(`${CORE}/follow.ts`, 'onError(CacheError.from(error));\n        }', 'throw error;\n        }'),
    test: `${CORE}/follow.test.ts`,
  },
  {
    name: 'one refused request leaves a lease',
    breaks: 'a member that leaves is out of the list at once, while etcd can be reached within 3 s',
    edits: edit(
      'packages/discovery/src/etcd-lease.ts',
      'while (leases.size > 0 && !isOver) {',
      'for (const _ of [1]) {',
    ),
    test: 'packages/discovery/src/etcd-view-directory.test.ts',
  },
];

/** Of the membership protocol, by the rules in ARCHITECTURE.md. */
const VIEWS: readonly Mutant[] = [
  {
    name: 'a grant is remembered for no longer than it counts',
    breaks: 'W: the giver of a grant remembers it for as long as clocks may differ',
    edits: edit(MEMBERSHIP, 'export const CLOCK_RATIO = 1.5;', 'export const CLOCK_RATIO = 0.7;'),
    test: MEMBERSHIP_TEST,
  },
  {
    name: 'a grant for one that is not heard',
    breaks: 'rule 3: no grant to a member that could not be told of writes',
    edits: edit(
      MEMBERSHIP,
      'if (this.#stoodStill || this.#isSilent(peer, now)) return false;',
      'if (this.#stoodStill) return false;',
    ),
    test: MEMBERSHIP_TEST,
  },
  {
    name: 'a grant for one that has missed an invalidation',
    breaks: 'rule 3: no grant to a member that owes an acknowledgement',
    edits: edit(MEMBERSHIP, 'if (!hooks.owes(key)) return true;', 'return true;'),
    test: MEMBERSHIP_TEST,
  },
  {
    name: 'a grant is renewed over a gap',
    breaks: 'rule 4: a gap is an end',
    edits: edit(MEMBERSHIP, 'if (grant === undefined || now - grant.askedAt >= this.#grantMs) this.#gap(peer);', ''),
    test: MEMBERSHIP_TEST,
  },
  {
    name: 'another process under an id is taken for the one before',
    breaks: 'rule 4: another incarnation is a gap',
    edits: edit(MEMBERSHIP, 'if (reply.from.incarnation !== peer.incarnation) {', 'if (this.#peers.size > 1e6) {'),
    test: MEMBERSHIP_TEST,
  },
  {
    name: 'one grant is enough to act',
    breaks: 'rule 5: a member acts if every other one granted it, or the directory confirmed the view',
    edits: edit(
      MEMBERSHIP,
      'if (!peer?.isGone) grantedUntil = Math.min(grantedUntil, (peer?.grant?.askedAt ?? NEVER) + this.#grantMs);',
      'const until = (peer?.grant?.askedAt ?? NEVER) + this.#grantMs;\n      grantedUntil = Number.isFinite(grantedUntil) ? Math.max(grantedUntil, until) : until;',
    ),
    test: MEMBERSHIP_TEST,
  },
  {
    name: 'a view that is active at once',
    breaks: 'rule 6: a view is active once nobody can act in the one before',
    edits: edit(
      MEMBERSHIP,
      'this.#isActive = this.#isOnlyOne(this.#view, this.#clock.now());',
      'this.#isActive = true;',
    ),
    test: MEMBERSHIP_TEST,
  },
  {
    name: 'one that is heard is voted out',
    breaks: 'rule 11: a member that is heard is never removed',
    edits: edit(
      MEMBERSHIP,
      '        peer.silentSince = undefined;\n        return peer.isLeaving;',
      '        peer.silentSince = undefined;\n        return peer.isLeaving || !listed.has(key);',
    ),
    test: MEMBERSHIP_TEST,
  },
  {
    name: 'one that is silent stays for ever',
    breaks: 'rule 11: a member that is silent and not registered is removed',
    edits: edit(
      MEMBERSHIP,
      'if (!listed.has(key)) return true;',
      'if (listed.has(key)) return false;\n      if (peer.isGone) return true;',
    ),
    test: MEMBERSHIP_TEST,
  },
  {
    name: 'one that is gone is waited for',
    breaks: 'rule 12: a member that says it is gone never acts again',
    edits: edit(MEMBERSHIP, 'peer.isGone ||= isGone;', ''),
    test: MEMBERSHIP_TEST,
  },
  {
    name: 'an empty directory confirms at once',
    breaks: 'rule 13: a view that the directory had lost counts once all its members granted it since',
    edits: edit(
      MEMBERSHIP,
      'await this.#replace(state.revision, { ...view, armed: false }, { accept: false }); // it had forgotten (rule 13)',
      'await this.#replace(state.revision, { ...view, number: view.number + 1, id: this.#viewId(view.number + 1) });',
    ),
    test: MEMBERSHIP_TEST,
  },
  {
    name: 'newcomers never begin anew',
    breaks: 'rule 14: where all members of the record are gone, newcomers write the next view',
    edits: edit(MEMBERSHIP, 'gone.length > 0 && gone.every((member)', 'gone.length > 1e6 && gone.every((member)'),
    test: MEMBERSHIP_TEST,
  },
  {
    name: 'a member of a fixed list acts at once',
    breaks: 'rule 15: a process of a fixed list acts W after its start',
    edits: edit(MEMBERSHIP, 'if (now - this.#bornAt >= this.waitMs) return true;', 'return true;'),
    test: MEMBERSHIP_TEST,
  },
  {
    name: 'an answer for somebody else',
    breaks: 'rule 16: a process that is not the addressee, or of another cluster, refuses',
    edits: edit(
      MEMBERSHIP,
      'if (isForMe && cluster === this.#options.cluster) return;',
      'if (isForMe || cluster === this.#options.cluster) return;',
    ),
    test: MEMBERSHIP_TEST,
  },
];

export const MUTANTS: readonly Mutant[] = [...READING, ...WRITING, ...CHANGES, ...VIEWS];
