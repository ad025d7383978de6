import { describe, expect, it } from 'vitest';
import { FetchRoom } from '../../src/broker/fetch-room.ts';

describe('the room of fetches', () => {
  it('has nothing free once as much was taken as it holds, and again after that was given back', () => {
    const room = new FetchRoom(100, 1);
    room.take(130);
    expect(room.freeBytes).toBe(0);
    room.giveBack(60);
    expect(room.freeBytes).toBe(30);
  });

  it('squeezes in as many as it may, and the next when one of them leaves', () => {
    const room = new FetchRoom(0, 2);
    expect([room.squeezeIn(), room.squeezeIn(), room.squeezeIn()]).toEqual([true, true, false]);
    room.leaveSqueezed();
    expect(room.squeezeIn()).toBe(true);
  });

  it('wakes in the order of asking, as many as find room', async () => {
    const room = new FetchRoom(10, 0);
    room.take(10);
    const woken: string[] = [];
    const taker = (name: string) => () => {
      woken.push(name);
      room.take(10);
    };
    const gone = taker('gone');
    room.wait(gone);
    room.wait(taker('first'));
    room.wait(taker('second'));
    room.stopWaiting(gone);
    room.giveBack(10);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(woken).toEqual(['first']);
  });
});
