#!/usr/bin/env node
// A shop, written for the tests: one of everything that TypeScript knows.
import fs, { readFile as read } from 'node:fs'
import * as path from 'node:path'
import './side-effect'
export * from './barrel'
export { one, two as three } from './numbers'

/** What is sold. */
export interface Article<T = string> extends Base<T> {
  readonly name: T
  price?: number
  sell(amount: number): Promise<void>
}

type Key = keyof Article
export type Mapped<T> = { [K in keyof T]: T[K] extends Function ? never : K }

export enum Colour {
  Red = 'red', // like a rose
  Blue = 'blue',
}

declare module 'shop' {
  export function open(hours: [number, number]): boolean
}

namespace Tools {
  export const limit = 10
  export function clamp(value: number): number {
    return value > limit ? limit : value
  }
  export class Counter {
    #count = 0
    next() { return ++this.#count }
  }
}

const small = 1
const RE = /[{}]'"`/g
let other = `template ${small + `${RE}`} end`

function overload(a: string): string
function overload(a: number): number
function overload(a: any) {
  return a
}

/**
 * Keeps the shop.
 * @example new Shop('é😀')
 */
@decorated({ a: 1 })
export default abstract class Shop<T> extends Base<T> implements Article, Other {
  static instance?: Shop<any>
  private readonly list: Map<string, Article> = new Map()
  handler = async (event: Event) => {
    for await (const item of event.items) {
      if (item && item.ok || !item?.left) continue
    }
  }

  constructor(private name: string, protected size = { width: 1, height: 2 }) {
    super(name)
    this.list.set('a', { name, price: 1, sell: async () => {} })
  }

  /** How many there are. */
  get count(): number {
    return this.list.size
  }

  set count(value) {
    throw new Error(`cannot set ${value}`)
  }

  abstract close(): void

  async *walk<K extends Key>(this: Shop<T>, key: K): AsyncGenerator<{ key: K }> {
    label: for (let i = 0, j = 10; i < j; i++, j--) {
      switch (i) {
        case 1:
          yield { key }
          break label
        default:
          continue label
      }
    }
  }

  static {
    Shop.instance = undefined
  }
}

export const useShop = (options: { deep?: boolean } = {}) => {
  const inner = function named() {
    return path.join(...fs.readdirSync('.'))
  }
  const later = async () => {
    try {
      await read('x')
    } catch {
      return null
    } finally {
      inner()
    }
  }
  return { inner, later, ...options, get size() { return 1 }, ['computed' + small]: 2 }
}

export const table = {
  plain: 1,
  method(a, b) {
    return a ?? b
  },
  arrow: () => ({}),
  nested: { deep: { deeper: [1, 2, { three: 3 }] } },
}

describe('shop', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  it('sells', async () => {
    expect(await new (class extends Shop<string> { close() {} })('x')).toBeTruthy()
  })
  it.each([1, 2])('counts %i', (n) => {
    expect(n).toBeGreaterThan(0)
  })
})

if (require.main === module) {
  void import('./main').then(({ main }) => main(process.argv.slice(2)))
}

export { small, other as different }
// the end
