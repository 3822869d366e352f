declare const SHELL: string[];
declare const VERSION: string;
console.debug(VERSION, SHELL.length);
