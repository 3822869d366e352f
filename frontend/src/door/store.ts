/** What a door phone keeps: its token, the snapshot it decides by, scans still to send. IndexedDB, so nothing is lost when the page closes. */

export interface QueuedScan {
  nonce: string; text: string; gate: string; way: "entry" | "exit"; at: number; admitted: boolean; detail: string;
  offset: number | null; forced: boolean; staff: string; warnings: string[];
}
export interface QueuedUndo { nonce: string; scan: string; at: number; why: string; staff: string }
/** A scan of today this phone saw or heard of, without a name: what history is made from. */
export interface SeenScan { nonce: string; number: number; campus: number; gate: string; gate_name: string; way: "entry" | "exit"; at: number; undone: boolean }

/** A visitor registered at the door; leaves the phone with the first exchange. */
export interface WalkIn { nonce: string; name: string; email: string; gate: string; adult: boolean; language: string; staff: string; at: number; happened: boolean }

const NAME = "forum-door";
const STORES = ["state", "scans", "undos", "seen", "walkins"] as const;
type Name = (typeof STORES)[number];

let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 2);
    request.onupgradeneeded = () => {
      const missing = STORES.filter((name) => !request.result.objectStoreNames.contains(name));
      for (const name of missing) request.result.createObjectStore(name, name === "state" ? {} : { keyPath: "nonce" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

/** One transaction over *names*; resolves when it is durable, not when it is asked for. */
async function inside<T>(names: readonly Name[], work: (store: (name: Name) => IDBObjectStore) => IDBRequest<T> | void): Promise<T | undefined> {
  const db = await open();
  return new Promise((resolve, reject) => {
    const transaction = db.transaction([...names], "readwrite", { durability: "strict" });
    const request = work((name) => transaction.objectStore(name));
    transaction.oncomplete = () => resolve(request ? request.result : undefined);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export async function read<T>(key: string): Promise<T | undefined> {
  return (await inside(["state"], (store) => store("state").get(key))) as T | undefined;
}

export async function write(key: string, value: unknown): Promise<void> {
  await inside(["state"], (store) => void store("state").put(value, key));
}

/** A decided scan: to send, and part of what this phone knows of today; both or neither. */
export async function addScan(scan: QueuedScan, seen: SeenScan | null): Promise<void> {
  await inside(["scans", "seen"], (store) => {
    store("scans").put(scan);
    if (seen) store("seen").put(seen);
  });
}

export async function addSeen(seen: SeenScan): Promise<void> {
  await inside(["seen"], (store) => void store("seen").put(seen));
}

/** A scan taken back: marked here at once, to send later. */
export async function addUndo(undo: QueuedUndo): Promise<void> {
  await inside(["undos", "seen"], (store) => {
    store("undos").put(undo);
    const known = store("seen").get(undo.scan);
    known.onsuccess = () => {
      if (known.result) store("seen").put({ ...(known.result as SeenScan), undone: true });
    };
  });
}

export async function addWalkIn(walkIn: WalkIn): Promise<void> {
  await inside(["walkins"], (store) => void store("walkins").put(walkIn));
}

export async function walkIns(): Promise<WalkIn[]> {
  return (await inside(["walkins"], (store) => store("walkins").getAll())) as WalkIn[];
}

export async function forgetWalkIn(nonce: string): Promise<void> {
  await inside(["walkins"], (store) => void store("walkins").delete(nonce));
}

export async function pending(): Promise<{ scans: QueuedScan[]; undos: QueuedUndo[] }> {
  const scans = (await inside(["scans"], (store) => store("scans").getAll())) as QueuedScan[];
  const undos = (await inside(["undos"], (store) => store("undos").getAll())) as QueuedUndo[];
  return { scans, undos };
}

export async function seenScans(): Promise<SeenScan[]> {
  return (await inside(["seen"], (store) => store("seen").getAll())) as SeenScan[];
}

/** The server has these: nothing else takes them off the list. */
export async function sent(scans: readonly string[], undos: readonly string[]): Promise<void> {
  await inside(["scans", "undos"], (store) => {
    for (const nonce of scans) store("scans").delete(nonce);
    for (const nonce of undos) store("undos").delete(nonce);
  });
}

/** Yesterday's knowledge goes away; what is still to send never does. */
export async function forgetBefore(at: number): Promise<void> {
  const old = (await seenScans()).filter((scan) => scan.at < at);
  await inside(["seen"], (store) => {
    for (const scan of old) store("seen").delete(scan.nonce);
  });
}

/** Ask the browser not to throw the queue away when it is short of room. */
export async function persist(): Promise<boolean> {
  return (await navigator.storage?.persist?.()) ?? false;
}
