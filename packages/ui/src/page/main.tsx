import './style/tokens.css';
import './style/base.css';
import './style/layout.css';
import './style/table.css';
import './style/ring.css';
import './style/chart.css';
import './style/form.css';

import { render } from 'preact';

import { connect } from './model/connection.js';
import { applyTheme } from './model/theme.js';
import { App } from './parts/app.js';

applyTheme();
render(<App />, document.getElementById('app')!);
void connect();
