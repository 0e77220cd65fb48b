//! Which member of which type a call reaches.

use super::{check_calls, check_edges};

#[test]
fn prototypes_and_functions_that_make_instances_are_classes() {
    check_calls(
        "//- w.js\nfunction Widget (n) { this.n = n; this.part = new Part() }\nWidget.prototype.draw = function () { this.part.turn(); return this.size() }\nWidget.prototype.size = function () { return 1 }\nfunction Part () { this.on = true }\nPart.prototype = { turn () { this.stop() }, stop: function () {} }\nObject.defineProperty(Widget.prototype, 'main', { get: function () { return this.part } })\nObject.assign(Widget.prototype, { more () { return this.draw() } })\nconst proto = Widget.prototype\nproto.last = function () { return this.more() }\nconst w = new Widget(2)\nw.draw(); w.more(); w.last(); w.main.turn()\nclass K {}\nK.prototype.jump = function () { return 1 }\nnew K().jump()\nmodule.exports = Widget\n//- x.js\nconst util = require('util')\nconst Widget = require('./w')\nconst Special = function () { Widget.call(this); this.own = 1 }\nutil.inherits(Special, Widget)\nSpecial.prototype.go = function () { this.draw() }\nfunction Other () {}\nOther.prototype = Object.create(Special.prototype)\nOther.prototype.run = function () { this.go(); Widget.prototype.draw.call(this) }\nnew Special().size(); new Other().go(); new Other().draw()\n",
        &[
            "w.js:2 turn -> w.js:5",
            "w.js:2 size -> w.js:3",
            "w.js:5 stop -> w.js:5",
            "w.js:6 defineProperty -> -",
            "w.js:7 assign -> -",
            "w.js:7 draw -> w.js:2",
            "w.js:9 more -> w.js:7",
            "w.js:11 draw -> w.js:2",
            "w.js:11 more -> w.js:7",
            "w.js:11 last -> w.js:9",
            "w.js:11 turn -> w.js:5",
            "w.js:14 jump -> w.js:13",
            "x.js:3 call -> -",
            "x.js:4 inherits -> -",
            "x.js:5 draw -> w.js:2",
            "x.js:7 create -> -",
            "x.js:8 go -> x.js:5",
            "x.js:8 call -> -",
            "x.js:9 size -> w.js:3",
            "x.js:9 go -> x.js:5",
            "x.js:9 draw -> w.js:2",
        ],
    );
}

#[test]
fn functions_that_make_instances_are_instantiated() {
    check_edges(
        "//- a.js\nvar Old = (function () { function Old () { this.x = 1 } Old.prototype.go = function () {}; return Old })()\nfunction Made () { if (!(this instanceof Made)) return new Made(); this.y = 1 }\nfunction run () { new Old().go(); return new Made() }\n",
        &[
            "a.js#Made instantiates a.js#Made",
            "a.js#run instantiates a.js#Old",
            "a.js#run calls a.js#Old.Old.go",
            "a.js#run instantiates a.js#Made",
        ],
    );
}

#[test]
fn functions_of_an_object_have_it_as_this() {
    check_calls(
        "//- response.js\nvar res = module.exports = Object.create(null)\nres.status = function status (code) { this.statusCode = code; return this }\nres.send = function send (body) { return this.status(200).end(body) }\nres.end = function (body) {}\n//- main.js\nconst res = require('./response')\nres.status(1).send('a')\n",
        &[
            "main.js:2 status -> response.js:2",
            "main.js:2 send -> response.js:3",
            "response.js:1 create -> -",
            "response.js:3 status -> response.js:2",
            "response.js:3 end -> response.js:4",
        ],
    );
}
