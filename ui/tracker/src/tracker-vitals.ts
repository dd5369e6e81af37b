// The script tag of the web vitals; it may stand before or after the tracker's.

import { recorder } from './recorder.js';
import { vitals } from './vitals.js';

vitals(recorder());
