/** Badges read by the camera: the platform's detector where it works, else the decoder we carry. It always goes on after a bad code. */

import decodeQR from "qr/decode.js";

interface Detector { detect(source: ImageBitmapSource): Promise<{ rawValue: string }[]> }
interface DetectorClass { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> }

const EVERY_MS = 120;
const SIDE = 640; // pixels of the longer side that is looked at; enough for a badge at arm's length
const AGAIN_MS = 4000; // the same code is not read twice within this time, unless something else was between

export type Fault = "refused" | "absent" | "insecure";

export class Camera {
  private stream: MediaStream | null = null;
  private timer = 0;
  private last = { text: "", at: 0 };
  private readonly canvas = document.createElement("canvas");
  private detector: Detector | null | undefined;
  paused = false;

  constructor(private readonly video: HTMLVideoElement, private readonly found: (text: string) => void) {}

  /** Start looking; says why when it cannot. */
  async start(): Promise<Fault | null> {
    if (!window.isSecureContext || !navigator.mediaDevices) return "insecure";
    try {
      const video = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
      this.stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    } catch (error) {
      return (error as DOMException).name === "NotAllowedError" ? "refused" : "absent";
    }
    this.video.srcObject = this.stream;
    await this.video.play().catch(() => undefined);
    this.detector = await platformDetector();
    this.tick();
    return null;
  }

  stop(): void {
    window.clearTimeout(this.timer);
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
  }

  /** The next reading of the same code counts again. */
  rearm(): void {
    this.last = { text: "", at: 0 };
  }

  private tick(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(async () => {
      try {
        if (!this.paused && !document.hidden && this.video.readyState >= 2) this.report(await this.look());
      } catch {
        // a frame that cannot be read is only a frame
      }
      if (this.stream) this.tick();
    }, EVERY_MS);
  }

  private report(text: string): void {
    if (!text) return;
    const now = performance.now();
    if (text === this.last.text && now - this.last.at < AGAIN_MS) {
      this.last.at = now; // still in front of the camera
      return;
    }
    this.last = { text, at: now };
    this.found(text);
  }

  private async look(): Promise<string> {
    if (this.detector) {
      const [first] = await this.detector.detect(this.video);
      return first?.rawValue ?? "";
    }
    const scale = Math.min(1, SIDE / Math.max(this.video.videoWidth, this.video.videoHeight));
    this.canvas.width = Math.round(this.video.videoWidth * scale);
    this.canvas.height = Math.round(this.video.videoHeight * scale);
    const context = this.canvas.getContext("2d", { willReadFrequently: true });
    if (!context) return "";
    context.drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height);
    return decode(context.getImageData(0, 0, this.canvas.width, this.canvas.height));
  }
}

/** The text of a picture's QR code, "" when there is none. */
export function decode(image: { width: number; height: number; data: Uint8ClampedArray }): string {
  try {
    return decodeQR(image, { textDecoder: (bytes) => new TextDecoder("utf-8").decode(bytes) });
  } catch {
    return "";
  }
}

/** Some systems have the class and no decoder behind it: ask before trusting it. */
async function platformDetector(): Promise<Detector | null> {
  const native = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  try {
    if (native && (await native.getSupportedFormats()).includes("qr_code")) return new native({ formats: ["qr_code"] });
  } catch {
    // falls through to our own
  }
  return null;
}
