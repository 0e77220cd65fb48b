//! JavaScript with types in it.

use super::check_calls;

#[test]
fn flow_is_read_as_what_it_says() {
    check_calls(
        "//- title.js\n/**\n * @flow strict-local\n */\nimport { type Mode, pick } from './theme';\n\nexport type Props = {|\n  +title: string,\n  -size?: ?number,\n|};\nopaque type Id = string;\n\nexport function renderTitle(props: Props, mode: ?Mode): ?string {\n  return pick(props.title, mode);\n}\n\nclass Panel extends Base<Props> {\n  props: Props;\n  +part: Part;\n  open(): void {\n    renderTitle((this.props: any), 'dark');\n    const part = (this.part: Part);\n    part.turn();\n  }\n}\n\nclass Part { turn<T>(x: T): Array<?T> { return [x ?? null] } }\n\nexport default (Panel: Class<Base<Props>>);\n//- theme.js\n// @flow\nexport type Mode = 'dark' | 'light';\nexport function pick(a: string, mode: Mode): string { return a; }\n",
        &[
            "title.js:13 pick -> theme.js:3",
            "title.js:20 renderTitle -> title.js:12",
            "title.js:22 turn -> title.js:26",
        ],
    );
}
