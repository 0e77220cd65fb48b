//! Properties that nothing declares: of objects that a module holds, and what JavaScript assigns to `this`.

use app::Tests;

use super::{far, view, walked};

const TREE: &str = "//- codes.js\nconst { createError } = require('outside')\nfunction help () {}\nconst codes = { FAILED: createError('FAILED'), LIMIT: 3, help, other: help }\nmodule.exports = codes\n//- whole.js\nmodule.exports = { RETRIES: 5 + 1, nested: { deep: 2 } }\nconst local = () => ({ inner: 1 })\n//- store.js\nconst { FAILED, LIMIT, help, other } = require('./codes')\nconst { RETRIES } = require('./whole')\nclass Store {\n  constructor (size) { this.size = size; this.all = []; this.help = help }\n  grow () { this.size++; return this.all }\n  assist () { this.help() }\n}\nfunction Pool (max) { this.max = max }\nPool.prototype.full = function () { return this.max === 0 }\nfunction fail () { if (LIMIT) throw new FAILED() }\nfunction retry () { return RETRIES }\nfunction assisted () { other() }\nmodule.exports = { Store, Pool, fail, retry, assisted }\n";

#[test]
fn properties_have_those_who_use_them_as_callers() {
    let view = view(TREE);
    let cases: [(&str, &[&str]); 7] = [
        ("codes.FAILED", &["store.js#fail"]),
        ("codes.LIMIT", &["store.js#fail"]),
        ("RETRIES", &["store.js#retry"]),
        ("Store.size", &["store.js#Store.grow"]),
        ("Store.all", &["store.js#Store.grow"]),
        ("Pool.max", &["store.js#Pool.full"]),
        // What only stands for something else is no definition of its own.
        (
            "codes.js#help",
            &[
                "codes.js#codes",
                "store.js#Store.constructor",
                "store.js#Store.assist",
                "store.js#assisted",
            ],
        ),
    ];
    for (name, expected) in cases {
        let callers = view.callers(&[name], &far(Tests::With));
        let found = walked(&callers.expect("the name is clear"));
        for one in expected {
            assert!(
                found
                    .iter()
                    .any(|(address, depth)| address == one && *depth == 1),
                "{name}: {found:?}"
            );
        }
    }
    for name in ["codes.other", "Store.help", "inner"] {
        assert!(view.callers(&[name], &far(Tests::With)).is_err(), "{name}");
    }
}
