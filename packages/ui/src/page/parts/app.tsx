import { connection, session } from '../model/cluster.js';
import { Announcer } from './announcer.js';
import { BreakersSection } from './breakers-section.js';
import { FailuresSection } from './failures-section.js';
import { FlightsSection } from './flights-section.js';
import { GroupsSection } from './groups-section.js';
import { Header } from './header.js';
import { HotKeysSection } from './hot-keys-section.js';
import { KeyFigures } from './key-figures.js';
import { KeySection } from './key-section.js';
import { MembersSection } from './members-section.js';
import { Notices } from './notices.js';
import { RingSection } from './ring-section.js';
import { Section } from './section.js';
import { SignIn } from './sign-in.js';

export function App() {
  return (
    <>
      <a class="skip" href="#main">
        Skip to the cluster
      </a>
      <Header />
      <Announcer />
      <main id="main" tabIndex={-1}>
        {connection.value === 'refused' ? <SignIn /> : <Cluster />}
      </main>
    </>
  );
}

function Cluster() {
  const isAdmin = session.value?.admin ?? false;
  return (
    <>
      <Notices />
      <KeyFigures />
      <div class="columns">
        <Section title="Ring">
          <RingSection />
        </Section>
        <Section title="Key">
          <KeySection />
        </Section>
      </div>
      <Section title="Members">
        <MembersSection />
      </Section>
      <Section title="Groups">
        <GroupsSection />
      </Section>
      {isAdmin && (
        <>
          <div class="columns">
            <Section title="Hot keys">
              <HotKeysSection />
            </Section>
            <Section title="In flight">
              <FlightsSection />
            </Section>
          </div>
          <div class="columns">
            <Section title="Failed loads">
              <FailuresSection />
            </Section>
            <Section title="Breakers">
              <BreakersSection />
            </Section>
          </div>
        </>
      )}
    </>
  );
}
