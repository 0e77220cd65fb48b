//! Components as text: what the module of each says, at the lines of the file.

use domain::{ChunkKind, RepoPath};

use crate::front_ends::FrontEnds;
use crate::{ExtractSettings, Extraction, extract};

fn extracted(path: &str, text: &str) -> Extraction {
    let path = RepoPath::new(path).unwrap();
    let (_, language) = FrontEnds::LINKED.of_path(&path).unwrap();
    let settings = ExtractSettings {
        max_tokens: 240,
        count_tokens: &|text| text.split_whitespace().count(),
    };
    extract(&path, text, language, &settings)
}

/// Each line of `expected` is `line:column kind name`.
fn check(path: &str, text: &str, expected: &str) {
    let found = extracted(path, text);
    let uses: Vec<String> = found
        .facts
        .references
        .iter()
        .map(|one| {
            let name = found.facts.name(one.name);
            format!(
                "{}:{} {} {name}",
                one.position.line, one.position.column, one.kind
            )
        })
        .collect();
    let expected: Vec<&str> = expected
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(uses, expected, "{path}");
    assert_eq!(found.note, None, "{path}");
}

fn symbols(found: &Extraction) -> Vec<(String, u32, u32)> {
    let symbols = found.symbols[1..].iter();
    symbols
        .map(|one| {
            (
                one.qualified_name.clone(),
                one.span.start_line,
                one.span.end_line,
            )
        })
        .collect()
}

const VUE: &str = "\
<!-- é -->
<template>
  <div v-for=\"(item, i) in list(items)\" :key=\"i\">
    <MyButton @click=\"save(item)\" />
    <my-link #default=\"{ url }\">{{ show(url) }}</my-link>
    {{ broken( }}
  </div>
</template>

<script setup lang=\"ts\">
import MyButton from './MyButton.vue'
import MyLink from './MyLink.vue'
function save(value: string) {
  return show(value)
}
</script>

<script lang=\"ts\">
import { show, list } from './show'
</script>

<style scoped>
.a { color: red }
</style>
";

#[test]
fn names_in_a_vue_component_stand_at_their_lines() {
    check(
        "src/Page.vue",
        VUE,
        "3:28 call list
         3:33 argument items
         4:6 jsx MyButton
         4:23 call save
         5:6 jsx MyLink
         5:26 read url
         5:36 call show
         11:8 import MyButton
         12:8 import MyLink
         14:10 call show
         19:10 import show
         19:16 import list",
    );
}

#[test]
fn a_component_is_a_symbol_by_its_file() {
    let found = extracted("src/Page.vue", VUE);
    let expected = [("save".to_owned(), 13, 15), ("Page".to_owned(), 2, 8)];
    assert_eq!(symbols(&found), expected);
    assert_eq!(found.facts.exports.len(), 1);
    assert_eq!(found.facts.name(found.facts.exports[0].name), "default");
    let has = |kind: ChunkKind, name: &str| {
        let mut chunks = found.chunks.iter();
        chunks.any(|chunk| chunk.kind == kind && chunk.name == name)
    };
    assert!(has(ChunkKind::Function, "Page"));
    assert!(has(ChunkKind::Function, "save"));
    assert!(has(ChunkKind::Section, "style"));
}

#[test]
fn svelte_blocks_open_scopes() {
    check(
        "src/List.svelte",
        "\
<script lang=\"ts\">
  import Item from './Item.svelte'
  import { load, tooltip } from './load'
</script>

{#each load(1) as { id }, i (id)}
  <Item use:tooltip on:click={() => load(i)} {...rest(id)} />
{:else}
  {#if load(2)}none{/if}
{/each}
{#snippet row(cell)}{cell.draw()}{/snippet}
{@render row(load(3))}
",
        "2:10 import Item
         3:12 import load
         3:18 import tooltip
         6:8 call load
         6:21 read id
         7:4 jsx Item
         7:13 read tooltip
         7:37 call load
         7:50 call rest
         9:8 call load
         11:27 call draw
         12:10 call row
         12:14 call load",
    );
}

#[test]
fn astro_markup_may_hold_markup() {
    check(
        "src/pages/[slug].astro",
        "\
---
import Card from '../Card.astro'
import { posts } from '../posts'
const all = posts()
---
<!doctype html>
<Card title={posts().length}>
  {all.map((post) => <Card {...post} />)}
</Card>
<style>a { b: c }</style>
",
        "2:8 import Card
         3:10 import posts
         4:13 call posts
         7:2 jsx Card
         7:14 call posts
         7:22 read length
         8:4 read all
         8:8 call map
         8:23 jsx Card",
    );
}

#[test]
fn half_written_components_keep_every_line() {
    for text in [
        VUE,
        "<script>\nlet a = {\n",
        "<template><a v-for=\"",
        "---\nlet a",
        "{#each a as",
        "<template>{{ é",
    ] {
        for path in ["a.vue", "a.svelte", "a.astro"] {
            for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
                let text = &text[..end];
                let found = extracted(path, text);
                for (number, line) in (1..).zip(text.lines()) {
                    let mut chunks = found.chunks.iter();
                    let is_held = chunks.any(|chunk| {
                        (chunk.span.start_line..=chunk.span.end_line).contains(&number)
                    });
                    assert!(
                        is_held || line.trim().is_empty(),
                        "{path}: line {number} of {text:?}"
                    );
                }
            }
        }
    }
}
