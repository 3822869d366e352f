/** The door: one screen, one answer, one action. */

import "../door/app";
