// Faults in words, for schedules that people read.

import { type Millis, unreachable } from '@zebu/protocol';
import type { Fault, FaultStep, Victim } from './fault.ts';

export const describeStep = ({ at, fault }: FaultStep): string => `${seconds(at)}  ${describeFault(fault)}`;

export function describeFault(fault: Fault): string {
  switch (fault.type) {
    case 'powerLoss':
      return `${fault.silent ? 'silent ' : ''}power loss of ${list(fault.victims)} for ${seconds(fault.downMs)}`;
    case 'kill':
      return `kill -9 of ${list(fault.victims)} for ${seconds(fault.downMs)}`;
    case 'stop':
      return `${list(fault.victims)} stopped, and started ${seconds(fault.downMs)} later`;
    case 'powerLossOfAll':
      return `power loss of all servers for ${seconds(fault.downMs)}`;
    case 'pause':
      return `${name(fault.victim)} is paused for ${seconds(fault.forMs)}`;
    case 'partition':
      return `${list(fault.victims)} cut off from the rest for ${seconds(fault.forMs)}`;
    case 'oneWayLoss':
      return `nothing from ${name(fault.from)} reaches ${name(fault.to)} for ${seconds(fault.forMs)}`;
    case 'resetLink':
      return `connections between ${list(fault.between)} break`;
    case 'slowLink':
      return `the link between ${list(fault.between)} takes ${millis(fault.delayMs)} for ${seconds(fault.forMs)}`;
    case 'slowDisk':
      return `the disk of ${name(fault.victim)} takes ${millis(fault.flushMs)} for a flush, for ${seconds(fault.forMs)}`;
    case 'failedWrite':
      return `a write of ${name(fault.victim)} fails with ${fault.code}`;
    case 'failedFlush':
      return `a flush of ${name(fault.victim)} fails with ${fault.code}`;
    case 'fullDisk':
      return `the disk of ${name(fault.victim)} is full for ${seconds(fault.forMs)}`;
    case 'lostFile':
      return `${name(fault.victim)} loses power for ${seconds(fault.downMs)}, and its ${fault.file}`;
    case 'flippedBit':
      return `${name(fault.victim)} loses power for ${seconds(fault.downMs)}, and a bit of its ${fault.file} flips`;
    case 'clockJump':
      return `the wall clock of ${name(fault.victim)} jumps by ${seconds(fault.byMs)}`;
    case 'clockDrift':
      return `the clock of ${name(fault.victim)} runs at ${fault.rate.toFixed(2)} for ${seconds(fault.forMs)}`;
    case 'slowApply':
      return `timers of ${name(fault.victim)} are ${millis(fault.delayMs)} late for ${seconds(fault.forMs)}`;
    case 'dropClients':
      return `the clients of ${name(fault.victim)} lose their connections`;
    case 'transfer':
      return `${name(fault.victim)} is asked to let ${fault.to === undefined ? 'another' : name(fault.to)} lead`;
    default:
      return unreachable(fault);
  }
}

function name(victim: Victim): string {
  switch (victim.type) {
    case 'leader':
      return 'the leader';
    case 'follower':
      return `follower ${victim.index}`;
    case 'server':
      return `server ${victim.id}`;
    default:
      return unreachable(victim);
  }
}

const list = (victims: readonly Victim[]): string => victims.map(name).join(' and ');
const seconds = (ms: Millis): string => `${(ms / 1000).toFixed(3)} s`;
const millis = (ms: Millis): string => `${ms.toFixed(1)} ms`;
