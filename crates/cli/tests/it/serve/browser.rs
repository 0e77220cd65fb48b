//! The page in a real browser: Chromium, driven over WebDriver. Pictures of every view in both themes go to `target/tmp/page/`.
//!
//! Where there is no browser, the tests say so in one line and check nothing: `.ci/run` installs one.

use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::client::Server;
use crate::program::Mnemo;

/// A machine under load takes a multiple of the usual second.
const PATIENCE: Duration = Duration::from_secs(60);

/// The driver of a browser; killed on drop, and the browser with it.
struct Driver {
    process: Child,
    address: String,
}

impl Driver {
    fn start() -> Option<Driver> {
        let mut command = Command::new("chromedriver");
        command
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let Ok(mut process) = command.spawn() else {
            println!(
                "not checked: there is no chromedriver (apt-get install chromium chromium-driver)"
            );
            return None;
        };
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let port = line.split("started successfully on port ").nth(1)?;
            Some(port.trim_end_matches('.').to_owned())
        });
        std::thread::spawn(move || lines.count());
        Some(Driver {
            process,
            address: format!(
                "http://127.0.0.1:{}",
                port.expect("the driver says its port")
            ),
        })
    }

    async fn browser(&self, theme: Theme) -> Client {
        let scheme = match theme {
            Theme::Dark => 0,
            Theme::Light => 1,
        };
        let options = json!({
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                format!("--blink-settings=preferredColorScheme={scheme}"),
            ],
        });
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&self.address)
            .await
            .expect("a browser starts");
        client.set_window_size(1440, 900).await.unwrap();
        client
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Theme {
    Light,
    Dark,
}

fn in_runtime(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(work);
}

async fn run(browser: &Client, script: &str) -> Value {
    browser.execute(script, Vec::new()).await.unwrap()
}

/// Waits until a script's value is true.
async fn until(browser: &Client, what: &str) {
    let wait = async {
        while run(browser, &format!("return Boolean({what})")).await != json!(true) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, wait).await;
    if waited.is_err() {
        let text = run(
            browser,
            "return location.href + '\\n' + document.body.innerText",
        )
        .await;
        panic!("never: {what}: {}", text.as_str().unwrap_or_default());
    }
}

async fn picture(browser: &Client, name: &str) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("page");
    std::fs::create_dir_all(&folder).unwrap();
    let bytes = browser.screenshot().await.unwrap();
    std::fs::write(folder.join(format!("{name}.png")), bytes).unwrap();
}

/// A program with folders, a cycle between modules, hard functions and tests.
fn shop() -> Mnemo {
    let mnemo = Mnemo::new();
    let parts = [
        "cart", "catalog", "checkout", "payment", "shipping", "account", "search", "notify",
    ];
    for (place, part) in parts.iter().enumerate() {
        let next = parts[(place * 3 + 1) % parts.len()];
        let other = parts[(place + 2) % parts.len()];
        let mut body = String::new();
        for depth in 0..=place {
            writeln!(body, "  if (input.length > {depth}) {{ for (const one of input) {{ total += one ? {depth} : check{next}(one) }} }}").unwrap();
        }
        mnemo.write(
            &format!("shop/src/{part}/{part}.ts"),
            &format!(
                "import {{ check{next} }} from '../{next}/rules'\nimport {{ format{other} }} from '../{other}/format'\n\n\
                 /** Works out what the {part} costs. */\nexport function run{part}(input: string[]): number {{\n  let total = 0\n{body}  \
                 return total + format{other}(total).length\n}}\n\nexport class {part}Service {{\n  constructor(private readonly limit: number) {{}}\n\n  \
                 /** Runs within the limit. */\n  within(input: string[]) {{\n    return Math.min(this.limit, run{part}(input))\n  }}\n}}\n"
            ),
        );
        mnemo.write(
            &format!("shop/src/{part}/rules.ts"),
            &format!("/** Checks one entry of the {part}. */\nexport function check{part}(one: string): number {{\n  return one.startsWith('{part}') ? 1 : 0\n}}\n"),
        );
        mnemo.write(
            &format!("shop/src/{part}/format.ts"),
            &format!("import {{ check{part} }} from './rules'\n\n/** Writes a total of the {part} for people. */\nexport const format{part} = (total: number): string => `${{total}} in {part} ${{check{part}('x')}}`\n"),
        );
        mnemo.write(
            &format!("shop/test/{part}.test.ts"),
            &format!("import {{ run{part} }} from '../src/{part}/{part}'\n\ndescribe('{part}', () => {{\n  it('costs something', () => {{ expect(run{part}(['a'])).toBe(1) }})\n}})\n"),
        );
    }
    mnemo.write(
        "shop/dist/shop.min.js",
        &format!("var a={};", "1+".repeat(4000) + "1"),
    );
    let index = mnemo.run(&["index", "shop"]);
    assert_eq!(index.status(), 0, "{}", index.talk());
    mnemo.git("shop", &["init", "-q"]);
    mnemo.commit("shop", "Begin a shop");
    // The first change answers a question of the evaluation, the second one stands uncommitted.
    for test in ["one === 'cart'", "one.endsWith('cart')"] {
        let text = format!(
            "/** Checks one entry of the cart. */\nexport function checkcart(one: string): number {{\n  return {test} ? 1 : 0\n}}\n"
        );
        mnemo.write("shop/src/cart/rules.ts", &text);
        if test.contains("===") {
            mnemo.commit("shop", "Check entries of the cart exactly");
        }
    }
    mnemo
}

/// What every view must show, by its address.
const VIEWS: &[(&str, &str, &str)] = &[
    ("overview", "/", "complete"),
    (
        "search",
        "/search?q=what+does+the+checkout+cost",
        "runcheckout",
    ),
    ("definition", "/definition?symbol=runcart", "Called by"),
    ("file", "/file?path=src/cart/cart.ts", "cartService"),
    ("map", "/map?place=src", "payment"),
    ("map-of-a-file", "/map?place=src/cart/cart.ts", "runcart"),
    ("hotspots", "/hotspots", "cognitive complexity"),
    ("way", "/path?from=runcart&to=checkcatalog", "calls, line"),
    ("changes", "/changes", "Tests to run"),
    ("evaluation", "/evaluation?run=1", "vectors alone"),
    ("runs", "/runs", "ended"),
    ("problems", "/problems", "minified"),
    ("settings", "/settings", "embeddings"),
    ("nothing", "/nowhere", "Nothing here"),
];

#[test]
fn every_view_can_be_looked_at_in_both_themes_and_on_a_narrow_screen() {
    let Some(driver) = Driver::start() else {
        return;
    };
    let mnemo = shop();
    let server = Server::start_in(&mnemo, "shop");
    let host = &server.address;
    in_runtime(async {
        for theme in [Theme::Light, Theme::Dark] {
            let browser = driver.browser(theme).await;
            for (name, path, expected) in VIEWS {
                browser.goto(&format!("http://{host}{path}")).await.unwrap();
                let page = format!(
                    "document.documentElement.textContent.includes({})",
                    json!(expected)
                );
                until(&browser, &page).await;
                let is_dark = run(
                    &browser,
                    "return matchMedia('(prefers-color-scheme: dark)').matches",
                )
                .await;
                assert_eq!(is_dark, json!(theme == Theme::Dark));
                picture(&browser, &format!("{name}-{theme:?}").to_lowercase()).await;
                if theme == Theme::Light {
                    narrow(&browser, name).await;
                }
            }
            browser.close().await.unwrap();
        }
    });
}

/// Checks of accessibility, from npm at the time of the test.
const AXE: &str = "axe-core";

/// Returns its script, or nothing where npm cannot fetch it.
fn axe() -> Option<String> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(AXE);
    let script = folder.join("node_modules/axe-core/axe.min.js");
    if !script.exists() {
        std::fs::create_dir_all(&folder).unwrap();
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-save", "--prefix"])
            .arg(&folder)
            .arg(AXE);
        npm.stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .ok()?;
    }
    std::fs::read_to_string(script).ok()
}

#[test]
fn every_view_is_accessible_in_both_themes() {
    let Some(driver) = Driver::start() else {
        return;
    };
    let Some(axe) = axe() else {
        println!("not checked: npm cannot install {AXE}");
        return;
    };
    let mnemo = shop();
    let server = Server::start_in(&mnemo, "shop");
    let host = &server.address;
    let check = format!(
        "{axe}; const done = arguments[0]; axe.run(document, {{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']}}).then((found) => \
         done(found.violations.map((one) => `${{one.id}}: ${{one.help}}: ${{one.nodes.slice(0, 3).map((node) => node.html).join(' ')}}`)), (error) => done([String(error)]))"
    );
    in_runtime(async {
        for theme in [Theme::Light, Theme::Dark] {
            let browser = driver.browser(theme).await;
            let mut found = Vec::new();
            for (name, path, _) in VIEWS {
                browser.goto(&format!("http://{host}{path}")).await.unwrap();
                let violations = browser.execute_async(&check, Vec::new()).await.unwrap();
                for violation in violations.as_array().unwrap() {
                    found.push(format!("{name} {theme:?}: {violation}"));
                }
            }
            assert!(found.is_empty(), "{}", found.join("\n"));
            browser.close().await.unwrap();
        }
    });
}

/// Checks that nothing but what scrolls by itself is wider than a narrow screen, and that whatever can be pressed has a name.
async fn narrow(browser: &Client, name: &str) {
    let nameless = "return [...document.querySelectorAll('a, button, input:not([type=hidden]), select')].filter((one) => \
        !(one.textContent.trim() || one.getAttribute('aria-label') || one.labels?.length)).map((one) => one.outerHTML)";
    assert_eq!(run(browser, nameless).await, json!([]), "{name}");
    browser.set_window_size(360, 780).await.unwrap();
    let width = run(
        browser,
        "return [document.documentElement.scrollWidth, innerWidth]",
    )
    .await;
    assert!(width[0].as_u64() <= width[1].as_u64(), "{name}: {width}");
    picture(browser, &format!("{name}-narrow")).await;
    browser.set_window_size(1440, 900).await.unwrap();
}

#[test]
fn search_answers_as_one_types_and_a_hit_opens_by_a_key() {
    let Some(driver) = Driver::start() else {
        return;
    };
    let mnemo = shop();
    let server = Server::start_in(&mnemo, "shop");
    let host = &server.address;
    in_runtime(async {
        let browser = driver.browser(Theme::Light).await;
        browser.goto(&format!("http://{host}/")).await.unwrap();
        // The key that searches, then words, letter by letter.
        browser
            .active_element()
            .await
            .unwrap()
            .send_keys("/")
            .await
            .unwrap();
        until(&browser, "document.activeElement.id === 'q'").await;
        browser
            .goto(&format!("http://{host}/search"))
            .await
            .unwrap();
        let field = browser.find(Locator::Css("[data-query]")).await.unwrap();
        for letter in "checkpayment".chars() {
            field.send_keys(&letter.to_string()).await.unwrap();
        }
        until(
            &browser,
            "document.querySelector('[data-hit]')?.textContent === 'checkpayment'",
        )
        .await;
        until(&browser, "location.search === '?q=checkpayment'").await;
        assert_eq!(
            run(
                &browser,
                "return document.querySelector('#results mark').textContent"
            )
            .await,
            json!("checkpayment")
        );
        // The address that is in the bar by now shows the same to whoever opens it.
        let address = browser.current_url().await.unwrap();
        field.send_keys("\u{e007}").await.unwrap();
        until(&browser, "location.pathname === '/definition'").await;
        until(
            &browser,
            "document.querySelector('h1').textContent.includes('checkpayment')",
        )
        .await;
        browser.goto(address.as_str()).await.unwrap();
        until(
            &browser,
            "document.querySelector('[data-hit]')?.textContent === 'checkpayment'",
        )
        .await;
        // Down to the second hit, and a name in the source leads to its definition.
        let field = browser.find(Locator::Css("[data-query]")).await.unwrap();
        field.send_keys("\u{e015}\u{e015}").await.unwrap();
        until(
            &browser,
            "document.activeElement === document.querySelectorAll('[data-hit]')[1]",
        )
        .await;
        browser
            .goto(&format!("http://{host}/definition?symbol=runcart"))
            .await
            .unwrap();
        browser
            .find(Locator::Css(".middle .code a"))
            .await
            .unwrap()
            .click()
            .await
            .unwrap();
        until(
            &browser,
            "location.pathname === '/definition' && !location.search.includes('runcart')",
        )
        .await;
        browser.close().await.unwrap();
    });
}

/// Types words letter by letter, each as soon as the hits of the one before are drawn, and returns the milliseconds of each.
const TYPING: &str = "
    const done = arguments[0];
    const field = document.querySelector('[data-query]');
    const results = document.getElementById('results');
    const drawn = () => new Promise((seen) => requestAnimationFrame(() => setTimeout(seen)));
    (async () => {
      const times = [];
      for (const word of ['reactive effect', 'queue a job', 'parse expression', 'resolve component', 'watch']) {
        field.value = '';
        for (const letter of word) {
          field.value += letter;
          const changed = new Promise((seen) => new MutationObserver((_, self) => { self.disconnect(); seen(); }).observe(results, { childList: true }));
          const start = performance.now();
          field.dispatchEvent(new Event('input', { bubbles: true }));
          await changed;
          await drawn();
          times.push(performance.now() - start);
        }
      }
      done(times);
    })();
";

/// On vue-core in the long form.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "long tests are asked for by the environment"
)]
fn hits_are_drawn_between_one_key_and_the_next() {
    let Some(driver) = Driver::start() else {
        return;
    };
    let is_long = std::env::var_os("MNEMO_TEST_LONG").is_some();
    let (mnemo, directory) = match testkit::shared_tree("vue-core").filter(|_| is_long) {
        Some(tree) => (Mnemo::new(), tree),
        None => (shop(), PathBuf::from("shop")),
    };
    let index = mnemo.run(&[
        "index",
        directory.to_str().unwrap(),
        "--repository",
        "typed",
    ]);
    assert_eq!(index.status(), 0, "{}", index.talk());
    let server = Server::start(&mnemo);
    let host = &server.address;
    in_runtime(async {
        let browser = driver.browser(Theme::Light).await;
        let page = format!("http://{host}/search?repository=typed&q=warm");
        browser.goto(&page).await.unwrap();
        let times = browser.execute_async(TYPING, Vec::new()).await.unwrap();
        let times = times.as_array().unwrap().iter().map(|time| time.as_f64());
        let mut times: Vec<f64> = times.map(Option::unwrap).collect();
        times.sort_by(f64::total_cmp);
        let share = |share: f64| times[(times.len() as f64 * share) as usize];
        println!(
            "{} keys: median {:.1} ms, p95 {:.1} ms from key to drawn hits",
            times.len(),
            share(0.5),
            share(0.95)
        );
        browser.close().await.unwrap();
    });
}

#[test]
fn a_wrong_token_shows_nothing_and_the_right_one_is_needed_once() {
    let Some(driver) = Driver::start() else {
        return;
    };
    let mnemo = shop();
    let mut command = mnemo.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("MNEMO_HTTP_TOKEN", "correct-horse-battery");
    let server = Server::of(command);
    let host = &server.address;
    in_runtime(async {
        let browser = driver.browser(Theme::Light).await;
        for path in ["/", "/?token=wrong-wrong-wrong-wrong", "/search?q=cart"] {
            browser.goto(&format!("http://{host}{path}")).await.unwrap();
            until(
                &browser,
                "document.body.innerText.startsWith('expected the token')",
            )
            .await;
        }
        browser
            .goto(&format!(
                "http://{host}/search?q=cart&token=correct-horse-battery"
            ))
            .await
            .unwrap();
        until(&browser, "document.querySelector('[data-hit]')").await;
        until(&browser, "location.search === '?q=cart'").await;
        browser.goto(&format!("http://{host}/")).await.unwrap();
        until(&browser, "document.body.innerText.includes('complete')").await;
        browser.close().await.unwrap();
    });
}

#[test]
fn a_run_that_was_started_elsewhere_is_seen_to_its_end() {
    let Some(driver) = Driver::start() else {
        return;
    };
    let mnemo = shop();
    for number in 0..1500 {
        let mut text = String::new();
        for name in 0..40 {
            writeln!(text, "export function f{number}_{name}(x: number) {{ return x > {name} ? f{number}_{}(x - 1) : x }}", (name + 1) % 40).unwrap();
        }
        mnemo.write(&format!("large/part{}/file{number}.ts", number % 20), &text);
    }
    let server = Server::start(&mnemo);
    let host = &server.address;
    in_runtime(async {
        let browser = driver.browser(Theme::Light).await;
        browser.goto(&format!("http://{host}/runs")).await.unwrap();
        until(
            &browser,
            "document.querySelector('[data-live]').dataset.events > 0",
        )
        .await;
        let mut index = mnemo.start(&["index", "large", "--workers", "1"]);
        let of = |state: &str| {
            format!(
                "[...document.querySelectorAll('.run[data-state={state}]')].some((run) => run.innerText.startsWith('large'))"
            )
        };
        until(&browser, &of("under_way")).await;
        until(
            &browser,
            "document.querySelector('.lanes')?.innerText.includes('file')",
        )
        .await;
        picture(&browser, "run-under-way").await;
        assert!(index.wait().unwrap().success());
        until(&browser, &of("ended")).await;
        browser.close().await.unwrap();
    });
}
