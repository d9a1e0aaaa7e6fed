// A form that anybody may send carries a proof of work when the browser can make one: it raises the limit of what is taken.
// Without scripts, over plain http or when something fails, the form is sent without it.

interface Task {
  algorithm: string;
  challenge: string;
  maxnumber: number;
  salt: string;
  signature: string;
}

/** Solves the task named by the form's `data-proof` once somebody begins to fill it in. */
export function wireProof(form: HTMLFormElement): void {
  const field = form.querySelector<HTMLInputElement>("input[name=altcha]");
  if (!field || !form.dataset.proof || !globalThis.crypto?.subtle) return;
  const address = form.dataset.proof;
  form.addEventListener("focusin", () => void prove(address, field), { once: true });
}

async function prove(address: string, field: HTMLInputElement): Promise<void> {
  try {
    const answer = await fetch(address, { cache: "no-store" });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const task = (await answer.json()) as Task;
    const number = await solve(task);
    if (number === null) return;
    const { algorithm, challenge, salt, signature } = task;
    field.value = btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
  } catch (error) {
    console.error("The proof of work can't be made:", error);
  }
}

async function solve(task: Task): Promise<number | null> {
  const encoder = new TextEncoder();
  for (let number = 0; number <= task.maxnumber; number += 1) {
    const digest = await crypto.subtle.digest(task.algorithm, encoder.encode(task.salt + number));
    if (hex(digest) === task.challenge) return number;
    // Hashing must not keep the reader from typing.
    if (number % 500 === 499) await new Promise((resume) => setTimeout(resume, 0));
  }
  return null;
}

function hex(digest: ArrayBuffer): string {
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
