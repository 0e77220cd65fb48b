//! CommonJS in all its spellings: what a module is as a whole, what it gives by name, and who takes it.

use super::{check_calls, check_edges};

#[test]
fn what_is_exported_whole_is_what_is_called() {
    check_edges(
        "//- only.js\n'use strict'\n\nfunction grind (n) { return n }\nmodule.exports = grind\n//- mill.js\nclass Mill { turn () { return 1 } }\nmodule.exports = Mill\n//- named.js\nmodule.exports = function crush (n) { return n ? crush(n - 1) : 0 }\n//- unnamed.js\nmodule.exports = () => 1\n//- press.js\nmodule.exports = class Press { go () {} }\n//- both.js\nexports = module.exports = function both () {}\n//- again.js\nmodule.exports = exports = require('./only')\n//- held.js\nconst held = module.exports = function () {}\nheld.more = function () { held() }\n//- app.js\nconst grind = require('./only')\nconst Mill = require('./mill')\nconst crush = require('./named')\nvar unnamed = require('./unnamed'), Press = require(`./press`)\nconst both = require('./both')\nconst again = require('./again')\nconst held = require('./held')\nfunction serve () {\n  new Mill().turn()\n  new Press().go()\n  new (require('./mill'))()\n  crush(1); unnamed(); both(); again(); held(); held.more()\n  require('./only')(2)\n  return grind(3)\n}\nmodule.exports = { serve }\n",
        &[
            "app.js#serve instantiates mill.js#Mill",
            "app.js#serve calls mill.js#Mill.turn",
            "app.js#serve instantiates press.js#Press",
            "app.js#serve calls press.js#Press.go",
            "app.js#serve instantiates mill.js#Mill",
            "app.js#serve calls named.js#crush",
            "app.js#serve calls unnamed.js#default",
            "app.js#serve calls both.js#both",
            "app.js#serve calls only.js#grind",
            "app.js#serve calls held.js#held",
            "app.js#serve calls held.js#held.more",
            "app.js#serve calls only.js#grind",
            "app.js#serve calls only.js#grind",
            "held.js#held.more calls held.js#held",
            "named.js#crush calls named.js#crush",
        ],
    );
}

#[test]
fn members_stand_beside_what_is_exported_whole() {
    check_calls(
        "//- a.js\nfunction main () {}\nfunction help () {}\nmodule.exports = main\nmodule.exports.help = help\nmodule.exports.extra = function () {}\nmodule.exports['quoted'] = () => {}\nmain.own = function () { help() }\n//- b.js\nconst main = require('./a')\nmain()\nmain.help()\nmain.extra()\nmain.quoted()\nmain.own()\nconst { help: other, own } = require('./a')\nother(); own()\nconst extra = require('./a').extra\nextra()\nrequire('./a').help()\n//- c.mjs\nimport main, { help } from './a.js'\nimport * as all from './a.js'\nmain(); help(); main.extra(); all.help(); all.default()\n",
        &[
            "a.js:7 help -> a.js:2",
            "b.js:2 main -> a.js:1",
            "b.js:3 help -> a.js:2",
            "b.js:4 extra -> a.js:5",
            "b.js:5 quoted -> a.js:6",
            "b.js:6 own -> a.js:7",
            "b.js:8 other -> a.js:2",
            "b.js:8 own -> a.js:7",
            "b.js:10 extra -> a.js:5",
            "b.js:11 help -> a.js:2",
            "c.mjs:3 main -> a.js:1",
            "c.mjs:3 help -> a.js:2",
            "c.mjs:3 extra -> a.js:5",
            "c.mjs:3 help -> a.js:2",
            "c.mjs:3 default -> a.js:1",
        ],
    );
}

#[test]
fn exports_are_used_in_their_own_module() {
    check_calls(
        "//- a.js\nexports.one = function () { return exports.two() }\nexports.two = () => module.exports.three()\nconst self = module.exports\nself.three = function () { return self.one() }\nexports.four = exports.five = function () {}\nmodule.exports.six = exports.one\n//- b.js\nconst a = require('./a')\na.three(); a.four(); a.five(); a.six()\n",
        &[
            "a.js:1 two -> a.js:2",
            "a.js:2 three -> a.js:4",
            "a.js:4 one -> a.js:1",
            "b.js:2 three -> a.js:4",
            "b.js:2 four -> a.js:5",
            "b.js:2 five -> a.js:5",
            "b.js:2 six -> a.js:1",
        ],
    );
}

#[test]
fn modules_pass_on_what_they_require() {
    check_calls(
        "//- impl.js\nexports.one = () => {}\nexports.two = () => {}\n//- own.js\nfunction own () {}\nmodule.exports = { own, get lazy () { return require('./impl') }, nested: { deep () {} } }\n//- all.js\nmodule.exports = require('./impl')\n//- spread.js\nmodule.exports = { ...require('./impl'), ...require('./own') }\n//- mixed.js\nmodule.exports = {}\nObject.assign(module.exports, require('./impl'), { third () {} })\n//- part.js\nexports.uno = require('./impl').one\nexports.impl = require('./impl')\nexports.own = require('./own').own\n//- main.js\nrequire('./all').one()\nrequire('./spread').two(); require('./spread').own()\nconst mixed = require('./mixed')\nmixed.one(); mixed.third()\nconst part = require('./part')\npart.uno(); part.impl.two(); part.own()\nconst own = require('./own')\nown.lazy.one(); own.nested.deep()\nconst either = Math.random() > 0.5 ? require('./impl') : null\neither.one()\nlet later\ntry { later = require('./impl') } catch {}\nlater.two()\nfunction inside () { const { two } = require('./impl'); two() }\n",
        &[
            "main.js:1 one -> impl.js:1",
            "main.js:2 two -> impl.js:2",
            "main.js:2 own -> own.js:1",
            "main.js:4 one -> impl.js:1",
            "main.js:4 third -> mixed.js:2",
            "main.js:6 uno -> impl.js:1",
            "main.js:6 two -> impl.js:2",
            "main.js:6 own -> own.js:1",
            "main.js:8 one -> impl.js:1",
            "main.js:8 deep -> own.js:2",
            "main.js:9 random -> -",
            "main.js:10 one -> impl.js:1",
            "main.js:13 two -> impl.js:2",
            "main.js:14 two -> impl.js:2",
            "mixed.js:2 assign -> -",
        ],
    );
}

#[test]
fn compiled_modules_are_read_as_what_they_were() {
    check_calls(
        "//- impl.js\n'use strict'\nObject.defineProperty(exports, '__esModule', { value: true })\nexports.run = exports.default = void 0\nfunction run () {}\nexports.run = run\nclass Base { go () {} }\nexports.default = Base\n//- index.js\n'use strict'\nvar __exportStar = function (m, exports) { for (var p in m) exports[p] = m[p] }\nObject.defineProperty(exports, '__esModule', { value: true })\n__exportStar(require('./impl'), exports)\nvar impl_1 = require('./impl')\nObject.defineProperty(exports, 'Base', { enumerable: true, get: function () { return impl_1.default } })\n//- main.mjs\nimport Base, { run } from './impl.js'\nimport { run as again, Base as Same } from './index.js'\nimport lib from './index.js'\nrun(); again(); lib.run()\nnew Base().go(); new Same().go()\n",
        &[
            "impl.js:2 defineProperty -> -",
            "index.js:3 defineProperty -> -",
            "index.js:4 __exportStar -> index.js:2",
            "index.js:6 defineProperty -> -",
            "main.mjs:4 run -> impl.js:4",
            "main.mjs:4 again -> impl.js:4",
            "main.mjs:4 run -> impl.js:4",
            "main.mjs:5 go -> impl.js:6",
            "main.mjs:5 go -> impl.js:6",
        ],
    );
}

#[test]
fn modules_of_both_kinds_take_each_other() {
    check_calls(
        "//- esm.mjs\nexport default function main () {}\nexport const named = () => {}\n//- whole.ts\nclass Whole { static make () {} go () {} }\nexport = Whole\n//- plain.cjs\nexports.a = () => {}\n//- main.cjs\nconst { default: main, named } = require('./esm.mjs')\nmain(); named(); require('./esm.mjs').default()\n//- main.ts\nimport Whole = require('./whole')\nimport Same from './whole'\nimport plain from './plain.cjs'\nnew Whole().go(); Whole.make(); Same.make(); plain.a()\nfunction take(whole: Whole, also: import('./whole'), statics: typeof import('./whole')) {\n  whole.go(); also.go(); statics.make()\n}\n//- created.mjs\nimport { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)\nconst { a } = require('./plain.cjs')\na()\n",
        &[
            "created.mjs:2 createRequire -> -",
            "created.mjs:4 a -> plain.cjs:1",
            "main.cjs:2 main -> esm.mjs:1",
            "main.cjs:2 named -> esm.mjs:2",
            "main.cjs:2 default -> esm.mjs:1",
            "main.ts:4 go -> whole.ts:1",
            "main.ts:4 make -> whole.ts:1",
            "main.ts:4 make -> whole.ts:1",
            "main.ts:4 a -> plain.cjs:1",
            "main.ts:6 go -> whole.ts:1",
            "main.ts:6 go -> whole.ts:1",
            "main.ts:6 make -> whole.ts:1",
        ],
    );
}

#[test]
fn names_that_are_declared_are_not_those_of_the_module() {
    check_calls(
        "//- a.js\n(function (exports) { exports.one = function () {} })(window.lib = {})\nfunction f (require) { require('./b').two() }\n//- b.js\nexports.two = () => {}\n//- main.js\nconst a = require('./a')\na.one()\n",
        &[
            "a.js:2 require -> -",
            "a.js:2 two -> -",
            "main.js:2 one -> -",
        ],
    );
}
