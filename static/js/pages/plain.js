// Owns what pages without work of their own need: the choice of colours.

import { installThemeSwitch } from '../ui/theme.js';

installThemeSwitch();
