//! Questions about the heart of everyday libraries, each as a small tree of its kind: none is answered by "nothing".

use app::Tests;

use super::{far, view, walked};

/// Answers a question about a tree: `callers`, `impact`, `tests` (impact on tests alone) or `path` with two names.
fn answer(fixture: &str, question: &str) -> Vec<String> {
    let view = view(fixture);
    let words: Vec<&str> = question.split(' ').collect();
    let names = &words[1..];
    let answer = match words[0] {
        "callers" => view.callers(names, &far(Tests::With)),
        "impact" => view.impact(names, &far(Tests::With)),
        "tests" => view.impact(names, &far(Tests::Only)),
        _ => {
            let path = view.path(names[0], names[1]);
            let path = path.expect("the names are clear").expect("there is a way");
            let nodes = path.nodes.iter();
            return nodes.map(|node| node.symbol.address()).collect();
        }
    };
    let found = walked(&answer.expect("the name is clear"));
    found.into_iter().map(|(address, _)| address).collect()
}

/// Asks each question; what is expected has to be among the answers.
#[track_caller]
fn check(fixture: &str, questions: &[(&str, &[&str])]) {
    for (question, expected) in questions {
        let found = answer(fixture, question);
        for one in *expected {
            assert!(
                found.iter().any(|other| other == one),
                "{question}: no {one} in {found:?}"
            );
        }
    }
}

#[test]
fn hooks_that_are_wrapped_and_configured_have_dependents() {
    check(
        "//- with-args.ts\nexport const withArgs = <SWRType>(hook: any) => function useSWRArgs(...args: any[]) { return hook(...args) } as unknown as SWRType\nexport const withMiddleware = (useSWR: any, middleware: any) => (...args: any[]) => useSWR(...args, middleware)\n//- use-swr.ts\nimport { withArgs } from './with-args'\nexport interface SWRHook { (key: string): unknown }\nexport const useSWRHandler = <Data>(key: string, fetcher: (key: string) => Data) => fetcher(key)\nconst useSWR = withArgs<SWRHook>(useSWRHandler)\nexport default useSWR\n//- infinite.ts\nimport useSWR from './use-swr'\nimport { withMiddleware } from './with-args'\nexport const infinite = ((useSWRNext: any) => (key: string) => useSWRNext(key)) as unknown\nconst useSWRInfinite = withMiddleware(useSWR, infinite)\nexport default useSWRInfinite\n//- web-preset.ts\nconst initFocus = (callback: () => void) => { document.addEventListener('focus', callback) }\nconst initReconnect = (callback: () => void) => { window.addEventListener('online', callback) }\nexport const preset = { isOnline: () => true }\nexport const defaultConfigOptions = { initFocus, initReconnect }\n//- config.ts\nimport { preset, defaultConfigOptions } from './web-preset'\nimport { mergeObjects } from './merge'\nconst onErrorRetry = (error: unknown, config: { retry: number }) => { setTimeout(() => error, config.retry) }\nexport const defaultConfig = mergeObjects({ onErrorRetry, ...defaultConfigOptions }, preset)\n//- merge.ts\nexport const mergeObjects = (a: any, b?: any) => ({ ...a, ...b })\n//- index.ts\nexport * from './web-preset'\nexport { defaultConfig } from './config'\n",
        &[
            ("callers useSWRHandler", &["use-swr.ts#useSWR"]),
            (
                "impact useSWRHandler",
                &["use-swr.ts#useSWR", "infinite.ts#useSWRInfinite"],
            ),
            (
                "callers infinite.ts#infinite",
                &["infinite.ts#useSWRInfinite"],
            ),
            ("impact onErrorRetry", &["config.ts#defaultConfig"]),
            (
                "impact initFocus",
                &[
                    "web-preset.ts#defaultConfigOptions",
                    "config.ts#defaultConfig",
                ],
            ),
            (
                "impact web-preset.ts",
                &["config.ts#defaultConfig", "index.ts"],
            ),
        ],
    );
}

#[test]
fn implementation_behind_a_cast_has_dependents() {
    check(
        "//- persist.ts\ntype Persist = <T>(initializer: () => T) => () => T\ntype PersistImpl = (initializer: () => unknown) => () => unknown\nconst persistImpl: PersistImpl = (initializer) => () => initializer()\nexport const persist = persistImpl as unknown as Persist\n//- app.ts\nimport { persist } from './persist'\nexport const store = persist(() => 1)\n",
        &[
            ("callers persistImpl", &["persist.ts#persist"]),
            (
                "impact persistImpl",
                &["persist.ts#persist", "app.ts#store"],
            ),
        ],
    );
}

/// A server whose heart is passed from function to function, bound, kept under symbols, and put on prototypes.
const SERVER: &str = "//- server.js\n'use strict'\nconst { buildRouting } = require('./lib/route')\nconst ContentTypeParser = require('./lib/content-type-parser')\nconst { kParser } = require('./lib/symbols')\nfunction server (options) {\n  const router = buildRouting(options)\n  const instance = { [kParser]: new ContentTypeParser(1), routing: router.routing }\n  return instance\n}\nmodule.exports = server\nmodule.exports.default = server\n//- lib/symbols.js\n'use strict'\nconst keys = { kParser: Symbol('parser'), kContext: Symbol('context') }\nmodule.exports = keys\n//- lib/content-type-parser.js\n'use strict'\nfunction ContentTypeParser (limit) { this.limit = limit }\nContentTypeParser.prototype.run = function (contentType, handler, request, reply) { handler(request, reply) }\nmodule.exports = ContentTypeParser\n//- lib/context.js\n'use strict'\nconst { kParser } = require('./symbols')\nfunction Context ({ server }) {\n  this.contentTypeParser = server[kParser]\n  this.handler = null\n}\nmodule.exports = Context\n//- lib/handle-request.js\n'use strict'\nconst wrapThenable = require('./wrap-thenable')\nconst { kContext } = require('./symbols')\nfunction handleRequest (err, request, reply) {\n  if (err != null) return reply.send(err)\n  const context = request[kContext]\n  if (request.method === 'POST') return context.contentTypeParser.run('', handler, request, reply)\n  handler(request, reply)\n}\nfunction handler (request, reply) { preHandlerCallback(null, request, reply) }\nfunction preHandlerCallback (err, request, reply) { wrapThenable(request.run(), reply) }\nmodule.exports = handleRequest\nmodule.exports[Symbol.for('internals')] = { handler, preHandlerCallback }\n//- lib/wrap-thenable.js\n'use strict'\nfunction wrapThenable (thenable, reply) { thenable.then((payload) => reply.send(payload)) }\nmodule.exports = wrapThenable\n//- lib/error-handler.js\n'use strict'\nconst wrapThenable = require('./wrap-thenable')\nfunction handleError (reply, error) { wrapThenable(reply.context.errorHandler(error), reply) }\nmodule.exports = { handleError }\n//- lib/head-route.js\n'use strict'\nfunction headRouteOnSendHandler (req, reply, payload, done) { done(null, null) }\nfunction parseHeadOnSendHandlers (onSend) {\n  if (onSend == null) return headRouteOnSendHandler\n  return Array.isArray(onSend) ? [...onSend, headRouteOnSendHandler] : [onSend, headRouteOnSendHandler]\n}\nmodule.exports = { parseHeadOnSendHandlers }\n//- lib/route.js\n'use strict'\nconst handleRequest = require('./handle-request.js')\nconst Context = require('./context')\nconst { parseHeadOnSendHandlers } = require('./head-route')\nfunction buildRouting (options) {\n  return { routing, route }\n  function route (opts) { opts.onSend = parseHeadOnSendHandlers(opts.onSend); return new Context({ server: this }) }\n  function routing (req, res) { preParsing(req, res) }\n}\nfunction preParsing (request, reply) {\n  if (request.hooks !== null) hookRunner(request.hooks, request, reply, handleRequest)\n  else handleRequest(null, request, reply)\n}\nfunction hookRunner (functions, request, reply, cb) { cb(null, request, reply) }\nmodule.exports = { buildRouting }\n";

#[test]
fn heart_of_a_server_in_common_js_has_dependents() {
    check(
        SERVER,
        &[
            (
                "callers lib/handle-request.js#handleRequest",
                &["lib/route.js#preParsing"],
            ),
            (
                "callers lib/wrap-thenable.js#wrapThenable",
                &[
                    "lib/error-handler.js#handleError",
                    "lib/handle-request.js#preHandlerCallback",
                ],
            ),
            (
                "callers headRouteOnSendHandler",
                &["lib/head-route.js#parseHeadOnSendHandlers"],
            ),
            (
                "path server.js#server lib/handle-request.js#handler",
                &[
                    "lib/route.js#buildRouting.routing",
                    "lib/route.js#preParsing",
                    "lib/handle-request.js#handleRequest",
                ],
            ),
        ],
    );
}

#[test]
fn listener_and_field_that_take_a_function_depend_on_it() {
    check(
        "//- html5.ts\nexport function useHistoryListeners() {\n  const popStateHandler = ({ state }: { state: unknown }) => state\n  function destroy() { window.removeEventListener('popstate', popStateHandler) }\n  window.addEventListener('popstate', popStateHandler)\n  return { destroy }\n}\n//- base.ts\nconst errorHandler = (error: Error) => error.message\nexport class Base {\n  private errorHandler: (error: Error) => string = errorHandler\n  handle(error: Error) { return this.errorHandler(error) }\n}\n",
        &[
            (
                "callers useHistoryListeners.popStateHandler",
                &[
                    "html5.ts#useHistoryListeners",
                    "html5.ts#useHistoryListeners.destroy",
                ],
            ),
            (
                "impact base.ts#errorHandler",
                &["base.ts#Base.errorHandler"],
            ),
        ],
    );
}
