//! Hand-written declarations beside the JavaScript that they describe.

use app::Tests;

use super::{check_edges, far, view, walked};

/// A module with declarations beside it, and a test that the compiler leads to the declarations.
const KETTLE: &str = "//- kettle.d.ts\nexport declare function kettle(): number;\nexport declare class Pot { boil(): void }\n//- kettle.js\n'use strict'\nfunction kettle () { return heat() }\nfunction heat () { return 1 }\nclass Pot { boil () { kettle() } }\nmodule.exports = { kettle, Pot }\n//- package.json\n{\"name\":\"kettle\",\"main\":\"kettle.js\",\"types\":\"kettle.d.ts\"}\n//- test/a.test.js\nconst { kettle } = require('../kettle')\nkettle()\n//- b.js\nconst { Pot } = require('./kettle')\nexports.go = function go () { new Pot().boil() }\n";

#[test]
fn impact_reaches_those_who_were_led_to_the_declarations() {
    let view = view(KETTLE);
    let impact = view.impact(&["kettle.js#heat"], &far(Tests::Only));
    let found: Vec<String> = walked(&impact.expect("the name is clear"))
        .into_iter()
        .map(|(address, _)| address)
        .collect();
    assert_eq!(
        found,
        ["kettle.js#kettle", "kettle.d.ts#kettle", "test/a.test.js"]
    );
    let callers = view.callers(&["kettle.js#Pot.boil"], &far(Tests::With));
    let found = walked(&callers.expect("the name is clear"));
    assert!(
        found.iter().any(|(address, _)| address == "b.js#go"),
        "{found:?}"
    );
}

#[test]
fn functions_and_classes_exported_whole_are_joined() {
    check_edges(
        "//- f.d.ts\ndeclare function f(): void\nexport = f\n//- f.js\nmodule.exports = function f () { g() }\nfunction g () {}\n//- main.ts\nimport f = require('./f')\nf()\n",
        &["f.js#f calls f.js#g", "main.ts calls f.d.ts#f"],
    );
}
