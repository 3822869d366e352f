// Runs before the first paint, so that a chosen side does not flash the other one.
try {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset["theme"] ??= chosen;
} catch {
  // storage refused: the system's side it is
}
