// The organiser's editor of the agenda.

import { AgendaEditor } from "../agenda/editor.ts";

if (!customElements.get("agenda-editor")) customElements.define("agenda-editor", AgendaEditor);
