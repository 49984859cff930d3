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
      'owner\n    return waitFor(this.#freshness.load(key, held, options), options, this.#state.clock);',
      'owner\n    return this.get(key, options);',
    ),
  },
  {
    name: 'a second flight for a key that is in flight',
    breaks: 'one load a key, however many ask',
    edits: edit(`${CORE}/flights.ts`, 'if (open === undefined) return', 'if (open === undefined || term >= 0) return'),
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
      'return said * (1 - this.limits.ttlJitter * this.#random());',
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
    edits: edit(
      `${CORE}/freshness.ts`,
      "if (CacheError.from(error).code === 'not_found') reject(error);\n          else giveStale();",
      'giveStale();',
    ),
    test: `${CORE}/freshness.test.ts`,
  },
  {
    name: 'a successor says that a stored key is absent',
    breaks: 'a key of a group without an origin is unavailable, not absent, while its owner is silent',
    edits: edit(
      `${CORE}/fetching.ts`,
      'const successor = this.#loading.hasOrigin ? peers.ring.owners(key, 2)[1] : undefined;',
      'const successor = peers.ring.owners(key, 2)[1];',
    ),
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
  },
  {
    name: 'a refresh of an expired value stores after a write',
    breaks: 'the same, of refreshes in the background',
    edits: edit(
      `${CORE}/loading.ts`,
      'if (!flight.fenced) state.store(place, key, entry, options, term);',
      'if (!flight.fenced || state.limits.staleWhileRevalidateMs > 0) state.store(place, key, entry, options, term);',
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
  },
  {
    name: 'an invalidation does not drop copies',
    breaks: 'an invalidation drops whatever is held of a key',
    edits: edit(`${CORE}/holdings.ts`, 'const inHot = this.hot.delete(key);', 'const inHot = false;'),
  },
  {
    name: 'a set that is not stored',
    breaks: 'what was set is there',
    edits: edit(
      `${CORE}/writing.ts`,
      'this.#state.store(place, key, { value: change.value, version, ttlMs }, options, term);',
      'void [place, ttlMs];',
    ),
  },
  {
    name: 'what was set is gone after 300 ms',
    breaks: 'what was set is there, for as long as it was said to live',
    edits: edit(
      `${CORE}/writing.ts`,
      'const ttlMs = this.#state.lifeOf(change.ttlMs);',
      'const ttlMs = Math.min(300, this.#state.lifeOf(change.ttlMs));',
    ),
  },
  {
    name: 'a write that tells nobody',
    breaks: 'after a write that all acknowledged nobody answers an older value',
    edits: edit(`${CORE}/writing.ts`, 'for (let untold = peers.told();', 'for (let untold: Member[] = [];'),
  },
  {
    name: 'a member that comes while a write is told is not told',
    breaks: 'a write is told to every member that asks to be told before it is answered',
    edits: edit(`${CORE}/writing.ts`, 'untold = peers.told().filter(({ id }) => !told.has(id))) {', 'untold = []) {'),
    test: `${CORE}/write-path.test.ts`,
  },
  {
    name: 'a member that has not acknowledged is not told again',
    breaks: 'a partial write is settled once the missing member shows itself',
    edits: edit(
      `${CORE}/writing.ts`,
      'if (!peers.pledges.isFixed) peers.telling.owe(member, { group: name, key, version });',
      '',
    ),
    test: `${CORE}/pledges.test.ts`,
  },
  {
    name: 'a write while everything is told again is forgotten',
    breaks: 'a partial write is settled once the missing member shows itself',
    edits: edit(
      `${CORE}/telling.ts`,
      '    // Anew also where',
      '    if (debts.has(everything)) return;\n    // Anew also where',
    ),
    test: `${CORE}/telling.test.ts`,
  },
  {
    name: 'a member that was cut off meanwhile says that all were told',
    breaks: 'a write is acknowledged by all only if its writer knew all of them, at its end too',
    edits: edit(`${CORE}/writing.ts`, 'if (peers.pledges.term !== term) missing.push(peers.self.id);', 'void term;'),
    test: `${CORE}/write-path.test.ts`,
  },
  {
    name: 'a write waits for a member that is known to be silent',
    breaks: 'nobody waits for a member that is known to be silent',
    edits: edit(`${CORE}/writing.ts`, 'if (breakers.isOpen(member.id)) throw', 'if (breakers.size > 1e6) throw'),
    test: `${CORE}/write-path.test.ts`,
  },
];

/** Of rings that change, and of who may keep values. */
const CHANGES: readonly Mutant[] = [
  {
    name: 'ownership history off by one',
    breaks: 'what a member owned, lost and owns again is not served from before',
    edits: edit(`${CORE}/tenure.ts`, 'if (reign.epoch <= epoch) break;', 'if (reign.epoch <= epoch + 1) break;'),
    test: `${CORE}/tenure.test.ts`,
  },
  {
    name: 'a previous owner is asked for a key that was written since',
    breaks: 'a handoff brings nothing that was written over since the ring changed',
    edits: [
      {
        file: `${CORE}/handoff.ts`,
        from: 'if (!entry || this.#changed.has(key)) continue;',
        to: 'if (!entry) continue;',
      },
      { file: `${CORE}/handoff.ts`, from: 'if (this.#changed.has(key) || !peers', to: 'if (!peers' },
    ],
    test: `${CORE}/handoff.test.ts`,
  },
  {
    name: 'no drop after a lost lease',
    breaks: 'a member that may have missed writes serves nothing that it holds',
    edits: edit(
      `${CORE}/pledges.ts`,
      'if (!this.listed) {\n        this.#cutOff();\n        return false;\n      }',
      '',
    ),
  },
  {
    name: 'a watch that misses events',
    breaks: 'rings agree in the end',
    edits: [
      {
        file: 'packages/discovery/src/etcd-watch.ts',
        from: 'this.#table.revision + 1, {',
        to: 'this.#table.revision + 2, {',
      },
      { file: 'packages/discovery/src/etcd-watch.ts', from: 'REREAD_MS = 30_000;', to: 'REREAD_MS = 2e9;' },
    ],
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
    edits: edit('packages/discovery/src/etcd-register.ts', 'while (!this.#leaveIsOver) {', 'for (const _ of [1]) {'),
    test: 'packages/discovery/src/etcd-register.test.ts',
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
      'grantedUntil = Math.min(grantedUntil, (peer?.grant?.askedAt ?? NEVER) + this.#grantMs);',
      'if (peer?.grant !== undefined) grantedUntil = Math.min(grantedUntil, peer.grant.askedAt + this.#grantMs);',
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
    edits: edit(MEMBERSHIP, 'return now - this.#bornAt >= this.waitMs ?', 'return now >= this.#bornAt ?'),
    test: MEMBERSHIP_TEST,
  },
  {
    name: 'an answer for somebody else',
    breaks: 'rule 16: a process that is not the addressee, or of another cluster, refuses',
    edits: edit(
      MEMBERSHIP,
      'if (request.cluster !== cluster || !isForMe) {',
      'if (request.cluster !== cluster && !isForMe) {',
    ),
    test: MEMBERSHIP_TEST,
  },
];

export const MUTANTS: readonly Mutant[] = [...READING, ...WRITING, ...CHANGES, ...VIEWS];
