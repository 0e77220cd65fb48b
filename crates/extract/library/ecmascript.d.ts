// What the language brings along, as far as it leads back to a program's own definitions: what containers hold, what promises give,
// what callbacks are called with, and what the utility types stand for. Members that are not here count as the platform's.
//
// `__element` is what iterating gives, `__awaited` what awaiting gives.

export interface Object {}
export interface Function {}
export interface Boolean {}
export interface Number {}
export interface BigInt {}
export interface Symbol {}
export interface RegExp {}
export interface Date {}
export interface Error {}
export interface String {
  readonly __element: string;
}

export interface Iterable<T> {
  readonly __element: T;
}
export interface Iterator<T> {
  readonly __element: T;
}
export interface IterableIterator<T> {
  readonly __element: T;
}
export interface Generator<T, R, N> {
  readonly __element: T;
}
export interface AsyncIterable<T> {
  readonly __element: T;
}
export interface AsyncGenerator<T, R, N> {
  readonly __element: T;
}
export interface ArrayLike<T> {
  readonly __element: T;
}

export interface Array<T> {
  readonly __element: T;
  at(index: number): T;
  concat(...items: T[]): T[];
  entries(): Iterable<[number, T]>;
  every(test: (value: T, index: number, array: T[]) => boolean): boolean;
  fill(value: T): T[];
  filter(test: (value: T, index: number, array: T[]) => boolean): T[];
  find(test: (value: T, index: number, array: T[]) => boolean): T;
  findIndex(test: (value: T, index: number, array: T[]) => boolean): number;
  findLast(test: (value: T, index: number, array: T[]) => boolean): T;
  flat(): T[];
  flatMap<U>(callback: (value: T, index: number, array: T[]) => U[]): U[];
  forEach(callback: (value: T, index: number, array: T[]) => void): void;
  join(separator?: string): string;
  map<U>(callback: (value: T, index: number, array: T[]) => U): U[];
  pop(): T;
  reduce(callback: (previous: T, current: T, index: number, array: T[]) => T): T;
  reduce<U>(callback: (previous: U, current: T, index: number, array: T[]) => U, initial: U): U;
  reduceRight<U>(callback: (previous: U, current: T, index: number, array: T[]) => U, initial: U): U;
  reverse(): T[];
  shift(): T;
  slice(start?: number, end?: number): T[];
  some(test: (value: T, index: number, array: T[]) => boolean): boolean;
  sort(compare?: (a: T, b: T) => number): T[];
  splice(start: number, count?: number, ...items: T[]): T[];
  toReversed(): T[];
  toSorted(compare?: (a: T, b: T) => number): T[];
  toSpliced(start: number, count?: number, ...items: T[]): T[];
  values(): Iterable<T>;
  with(index: number, value: T): T[];
}
export type ReadonlyArray<T> = Array<T>;
export interface ArrayConstructor {
  new <T>(...items: T[]): T[];
  from<T, U>(items: Iterable<T>, callback: (value: T, index: number) => U): U[];
  from<T>(items: Iterable<T>): T[];
  of<T>(...items: T[]): T[];
  isArray(value: unknown): boolean;
}
export declare const Array: ArrayConstructor;

export interface PromiseLike<T> {
  readonly __awaited: T;
}
export interface Promise<T> {
  readonly __awaited: T;
  then<U>(fulfilled: (value: T) => Promise<U> | U, rejected?: (reason: Error) => unknown): Promise<U>;
  catch(rejected: (reason: Error) => unknown): Promise<T>;
  finally(callback: () => void): Promise<T>;
}
export interface PromiseConstructor {
  new <T>(executor: (resolve: (value: T) => void, reject: (reason: unknown) => void) => void): Promise<T>;
  all<T>(values: Iterable<Promise<T>>): Promise<T[]>;
  allSettled<T>(values: Iterable<Promise<T>>): Promise<PromiseSettledResult<T>[]>;
  any<T>(values: Iterable<Promise<T>>): Promise<T>;
  race<T>(values: Iterable<Promise<T>>): Promise<T>;
  resolve<T>(value: Promise<T> | T): Promise<T>;
  reject(reason: unknown): Promise<unknown>;
}
export declare const Promise: PromiseConstructor;
export interface PromiseSettledResult<T> {
  readonly value: T;
  readonly reason: unknown;
}

export interface Map<K, V> {
  readonly __element: [K, V];
  entries(): Iterable<[K, V]>;
  forEach(callback: (value: V, key: K, map: Map<K, V>) => void): void;
  get(key: K): V;
  keys(): Iterable<K>;
  set(key: K, value: V): this;
  values(): Iterable<V>;
}
export type ReadonlyMap<K, V> = Map<K, V>;
export interface MapConstructor {
  new <K, V>(entries?: Iterable<[K, V]>): Map<K, V>;
}
export declare const Map: MapConstructor;
export interface WeakMap<K, V> {
  get(key: K): V;
  set(key: K, value: V): this;
}
export interface WeakMapConstructor {
  new <K, V>(entries?: Iterable<[K, V]>): WeakMap<K, V>;
}
export declare const WeakMap: WeakMapConstructor;
export interface Set<T> {
  readonly __element: T;
  add(value: T): this;
  entries(): Iterable<[T, T]>;
  forEach(callback: (value: T, key: T, set: Set<T>) => void): void;
  keys(): Iterable<T>;
  values(): Iterable<T>;
}
export type ReadonlySet<T> = Set<T>;
export interface SetConstructor {
  new <T>(values?: Iterable<T>): Set<T>;
}
export declare const Set: SetConstructor;
export interface WeakSet<T> {
  add(value: T): this;
}
export interface WeakSetConstructor {
  new <T>(values?: Iterable<T>): WeakSet<T>;
}
export declare const WeakSet: WeakSetConstructor;
export interface WeakRef<T> {
  deref(): T;
}
export interface WeakRefConstructor {
  new <T>(value: T): WeakRef<T>;
}
export declare const WeakRef: WeakRefConstructor;

export interface ObjectConstructor {
  assign<T, U>(target: T, source: U, ...sources: unknown[]): T & U;
  create<T>(prototype: T): T;
  entries<T>(value: { [key: string]: T }): [string, T][];
  freeze<T>(value: T): T;
  fromEntries<T>(entries: Iterable<[string, T]>): { [key: string]: T };
  keys(value: unknown): string[];
  seal<T>(value: T): T;
  values<T>(value: { [key: string]: T }): T[];
}
export declare const Object: ObjectConstructor;
export declare function structuredClone<T>(value: T): T;

export type Awaited<T> = T extends PromiseLike<infer U> ? U : T extends Promise<infer U> ? U : T;
export type Partial<T> = T;
export type Required<T> = T;
export type Readonly<T> = T;
export type NonNullable<T> = T;
export type NoInfer<T> = T;
export type Pick<T, K> = T;
export type Omit<T, K> = T;
export type Exclude<T, U> = T;
export type Extract<T, U> = T;
export type Record<K, V> = { [key: string]: V };
export type ReturnType<F> = F extends (...values: any) => infer R ? R : unknown;
export type InstanceType<C> = C extends new (...values: any) => infer I ? I : unknown;
