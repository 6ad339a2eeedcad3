/**
 * An invented maker of tablets and injections: master recipes with their planned steps and limits, and plants with lines,
 * equipment that drifts between calibrations, and operators of different skill.
 */
import type { Random } from './random.ts';

export interface Step {
  readonly name: string;
  /** What is measured: temperature, moisture, hardness, … */
  readonly parameter: string;
  readonly target: number;
  /** Half the width between the limits. */
  readonly tolerance: number;
  readonly usualMinutes: number;
  /** How long the material may wait before this step, usually. */
  readonly usualWaitMinutes: number;
  /** Whether a long wait harms what comes next. */
  readonly perishable: boolean;
  /** Whether it may be done before the step planned ahead of it. */
  readonly movable: boolean;
  /** Whether it is done by hand, so that no one can be at another such step meanwhile. */
  readonly manual: boolean;
}

const columns = (text: string): Step => {
  const [name, parameter, target, tolerance, minutes, wait, marks] = text.split(' ') as [string, ...string[]];
  return {
    name,
    parameter: parameter!,
    target: Number(target),
    tolerance: Number(tolerance),
    usualMinutes: Number(minutes),
    usualWaitMinutes: Number(wait),
    perishable: marks!.includes('p'),
    movable: marks!.includes('m'),
    manual: marks!.includes('h'),
  };
};

// name, parameter, target, tolerance, minutes, wait before, marks: p perishable, m movable, h by hand, - none
const tabletRoute = [
  'dispensing weight_kg 120 0.6 55 30 h',
  'granulation temperature_c 38 4 95 45 -',
  'drying moisture_pct 2.1 0.7 140 20 p',
  'milling particle_um 310 60 45 60 -',
  'blending speed_rpm 14 1.5 40 50 -',
  'compression hardness_n 95 14 210 90 p',
  'in_process_check weight_mg 502 9 25 15 mh',
  'coating temperature_c 46 3.5 180 120 p',
  'packaging torque_nm 1.6 0.3 160 240 -',
  'label_check contrast_pct 86 8 20 15 mh',
].map(columns);
const injectionRoute = [
  'dispensing weight_kg 42 0.25 45 30 h',
  'compounding ph 6.4 0.35 120 40 -',
  'bioburden_sample count_cfu 4 4 15 10 mh',
  'filtration pressure_bar 1.9 0.35 80 45 p',
  'filling volume_ml 5.1 0.12 230 35 p',
  'stoppering force_n 52 8 70 10 -',
  'sterilisation temperature_c 121.5 0.9 65 60 p',
  'inspection reject_pct 1.4 1.1 150 180 h',
  'packaging torque_nm 1.2 0.25 140 240 -',
].map(columns);

export const products = [
  { name: 'Amlodix 5 mg', route: tabletRoute, difficulty: 0.2 },
  { name: 'Cefural 250 mg', route: tabletRoute, difficulty: 0.5 },
  { name: 'Dolorin 400 mg', route: tabletRoute, difficulty: 0 },
  { name: 'Metformax 850 mg', route: tabletRoute, difficulty: 0.3 },
  { name: 'Heparonal 5 ml', route: injectionRoute, difficulty: 0.6 },
  { name: 'Vitacor 2 ml', route: injectionRoute, difficulty: 0.2 },
];
export type Product = (typeof products)[number];

export interface Operator {
  readonly id: string;
  /** Standard normal: above 0 is better than most. */
  readonly skill: number;
  /** Share of entries written down long after the act. */
  readonly lateness: number;
}

export interface Equipment {
  readonly id: string;
  /** How far its readings move off in a day since calibration, in tolerances; either way. */
  readonly driftPerDay: number;
  readonly calibrationDays: number;
  readonly phaseDays: number;
}

export interface Line {
  readonly site: string;
  readonly operators: readonly Operator[];
  /** By step name: two machines each. */
  readonly equipment: ReadonlyMap<string, readonly Equipment[]>;
}

const sites = ['Basel', 'Cork', 'Singapore'];

export function makeLine(random: Random, index: number): Line {
  const number = String(index + 1).padStart(2, '0');
  const names = new Set([...tabletRoute, ...injectionRoute].map((step) => step.name));
  const equipment = new Map<string, Equipment[]>();
  for (const [place, name] of [...names].entries()) {
    const prefix = `${name.slice(0, 3).toUpperCase()}-${number}${String.fromCharCode(65 + place)}`;
    equipment.set(
      name,
      [1, 2].map((unit) => makeEquipment(random, `${prefix}${unit}`)),
    );
  }
  const operators = Array.from({ length: 12 }, (_, i) => ({
    id: `OP${number}${String(i + 1).padStart(2, '0')}`,
    skill: random.normal(),
    lateness: random.chance(0.25) ? random.between(0.08, 0.2) : random.between(0.01, 0.04),
  }));
  return { site: sites[index % sites.length]!, operators, equipment };
}

function makeEquipment(random: Random, id: string): Equipment {
  const calibrationDays = random.pick([45, 60, 90]);
  return {
    id,
    driftPerDay: random.chance(0.25)
      ? random.pick([-1, 1]) * random.between(0.004, 0.01)
      : 0.002 * random.normal(),
    calibrationDays,
    phaseDays: random.integer(0, calibrationDays - 1),
  };
}
