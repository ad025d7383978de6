import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WindowGate, type WorkerWindow } from '../../src/harness/window-gate.ts';

type Window = WorkerWindow & { readonly worker: number };
type Handed = { readonly index: number; readonly workers: readonly number[]; readonly isWhole: boolean };

const gateOf = (workers: number): { readonly gate: WindowGate<Window>; readonly handed: Handed[] } => {
  const handed: Handed[] = [];
  const gate = new WindowGate<Window>(workers, (index, windows, isWhole) =>
    handed.push({ index, workers: windows.map((window) => window.worker).toSorted(), isWhole }),
  );
  return { gate, handed };
};

describe('window gate', () => {
  test('holds an interval back until every worker has reported it', () => {
    const { gate, handed } = gateOf(2);
    gate.add(0, { worker: 0, index: 0, isFinal: false });
    gate.add(0, { worker: 0, index: 1, isFinal: false });
    expect(handed).toEqual([]);
    gate.add(1, { worker: 1, index: 0, isFinal: false });
    expect(handed).toEqual([{ index: 0, workers: [0, 1], isWhole: true }]);
  });

  test('does not wait for a worker that has ended or broken down', () => {
    const { gate, handed } = gateOf(3);
    gate.add(0, { worker: 0, index: 0, isFinal: true });
    gate.end(1);
    gate.add(2, { worker: 2, index: 0, isFinal: false });
    gate.add(2, { worker: 2, index: 1, isFinal: true });
    expect(handed).toEqual([
      { index: 0, workers: [0, 2], isWhole: true },
      { index: 1, workers: [2], isWhole: false },
    ]);
  });

  test('hands on every window exactly once and in order, whatever order they come in', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(lengths, fc.infiniteStream(fc.nat()), (counts, choices) => {
        const { gate, handed } = gateOf(counts.length);
        const sent = counts.map(() => 0);
        for (;;) {
          const open = counts.flatMap((count, worker) => ((sent[worker] ?? 0) < count ? [worker] : []));
          const worker = open[(choices.next().value ?? 0) % open.length];
          if (worker === undefined) break;
          const index = sent[worker] ?? 0;
          sent[worker] = index + 1;
          gate.add(worker, { worker, index, isFinal: index + 1 === counts[worker] });
        }
        expect(handed.map((window) => window.index)).toEqual(Array.from({ length: Math.max(...counts) }, (_, i) => i));
        for (const { index, workers } of handed) {
          expect(workers).toEqual(counts.flatMap((count, worker) => (index < count ? [worker] : [])));
        }
      }),
    );
  });
});
