"""The words of the door's screen, besides its answers: the page carries them, so they are there without a network. Pure."""

from typing import Final

from forum import formats
from forum.badges.model import ROLE_WORDS
from forum.i18n import N_, say

WORDS: Final = {
    "present": N_("Show the badge"),
    "type": N_("Type the code"),
    "type_hint": N_("The eight characters under the picture, for example K7QF 2M9D."),
    "check": N_("Check"),
    "entry": N_("Entry"),
    "exit": N_("Exit"),
    "inside": N_("{inside} of {capacity} inside"),
    "inside_open": N_("{inside} inside"),
    "left": N_("{left} more may enter."),
    "estimate": N_("{inside} inside, estimate"),
    "undo": N_("Undo this scan"),
    "undo_title": N_("Undo which scan, and why?"),
    "undo_ago": N_("{way} at {time}, {ago} ago"),
    "undo_reasons": N_("Reason"),
    "undo_not": N_("Did not come in after all"),
    "undo_mistake": N_("Badge scanned by mistake"),
    "undo_exit": N_("It was the other way"),
    "undo_other": N_("Another reason"),
    "undo_logged": N_("It is written in the journal with the time and this device."),
    "undo_do": N_("Undo the scan"),
    "undone": N_("Undone"),
    "keep": N_("Keep it"),
    "same_person": N_("Same person, come in"),
    "let_in": N_("Let in all the same"),
    "let_in_supervisor": N_("Let in, I take it on myself"),
    "call": N_("Call the supervisor"),
    "search": N_("Search by name"),
    "search_hint": N_("Three letters at least."),
    "search_none": N_("Nobody by that name has a badge."),
    "search_offline": N_("Searching by name needs the network. Use the printed list."),
    "walk_in": N_("Register on the spot"),
    "back": N_("Back to scanning"),
    "offline": N_("Offline, everything goes on"),
    "offline_facts": N_("{count} to send. Data from {time}."),
    "online": N_("online, data from {time}"),
    "sending": N_("{count} to send"),
    "offline_checked": N_("Badge checked by its signature. Counted on this device."),
    "enrol": N_("Enrol this phone"),
    "enrol_do": N_("Scan the code an organiser shows you, or open it with this phone's camera."),
    "enrol_typed": N_("Or paste the enrolment code"),
    "enrol_go": N_("Enrol"),
    "camera_refused": N_("The camera is not allowed. Allow it in the settings of this page, or type the code."),
    "camera_absent": N_("No camera answers. Type the code, or plug in a scanner."),
    "camera_insecure": N_("The camera needs a secure address (https). Type the code, or plug in a scanner."),
    "camera_start": N_("Start the camera"),
    "gate": N_("Gate"),
    "staff": N_("Who holds this phone?"),
    "staff_hint": N_("A first name or initials; written beside each scan. What waits to be sent stays."),
    "settings": N_("Gate and staff"),
    "save": N_("Save"),
    "export": N_("Export what is not sent"),
    "withdrawn": N_("This device was withdrawn"),
    "withdrawn_do": N_("It no longer decides. Nothing it scanned is lost: send or export what waits, then hand it to an organiser."),
    "double": N_("Used at two doors"),
    "double_facts": N_("One badge: here at {time}, at Campus {campus}, {gate}, at {other}. Tell the supervisor."),
    "seen_it": N_("Seen"),
    "clock": N_("This phone's clock is {minutes} off. Scans are corrected; please set it."),
    "no_data": N_("This phone has never been online with its gate. Connect it once."),
    "now": N_("now"),
    "finder": N_("Viewfinder of the camera"),
    "campus": N_("Campus"),
}


def words(lang: str) -> dict[str, str]:
    """Every word in *lang*, with role words under `role_<name>`."""
    said = {name: formats.typography(lang, say(lang, text)) for name, text in WORDS.items()}
    return said | {f"role_{role}": say(lang, word) for role, word in ROLE_WORDS.items()}
