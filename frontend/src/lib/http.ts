// Fetching fragments and sending forms; one place for credentials, redirects to the sign-in and failures.

export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** The page of the form that was refused (409, 422), with the reason on it; "" for other failures. */
    readonly page = "",
  ) {
    super(message);
    this.name = "HttpError";
  }
}

type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

/** The text of a page of ours. Raises HttpError; 401 also when the answer is the sign-in page. */
export async function getText(address: string, options: { signal?: AbortSignal; via?: Fetch } = {}): Promise<string> {
  const init: RequestInit = { headers: { accept: "text/html", "x-fragment": "1" }, credentials: "same-origin" };
  if (options.signal) init.signal = options.signal;
  return (await checked(await (options.via ?? fetch)(address, init))).text();
}

/** Send *form* as the browser would, with its CSRF field. Raises HttpError. */
export async function sendForm(form: HTMLFormElement, data: FormData, via: Fetch = fetch): Promise<Response> {
  const body = new URLSearchParams();
  for (const [name, value] of data) if (typeof value === "string") body.append(name, value);
  return checked(await via(form.action, { method: "POST", body, credentials: "same-origin", headers: { accept: "text/html" } }));
}

async function checked(answer: Response): Promise<Response> {
  if (answer.redirected && /\/sign-in(\/|\?|$)/.test(new URL(answer.url).pathname + "?")) throw new HttpError(401, "signed out");
  if (!answer.ok) throw new HttpError(answer.status, answer.statusText, [409, 422].includes(answer.status) ? await answer.text() : "");
  return answer;
}
