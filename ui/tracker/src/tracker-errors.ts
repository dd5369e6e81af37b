// The script tag of script errors; it may stand before or after the tracker's.

import { errors } from './errors.js';
import { recorder } from './recorder.js';

const { message } = document.currentScript!.dataset;
errors(recorder(), { message: message !== undefined });
