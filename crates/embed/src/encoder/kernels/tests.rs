use super::*;

/// Numbers between -1 and 1 that look random and are the same everywhere.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn others() -> Vec<&'static Kernels> {
    let sets = InstructionSet::ALL
        .iter()
        .filter(|set| **set != InstructionSet::Portable);
    sets.filter_map(|set| Kernels::of(*set).ok()).collect()
}

/// A processor that has fewer sets than a run is meant to test would pass all the same.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "only the environment can tell a test which processor it is meant to run on"
)]
fn wanted_set_is_the_fastest_of_this_processor() {
    if let Some(name) = std::env::var_os("MNEMO_TEST_INSTRUCTION_SET") {
        assert_eq!(name, InstructionSet::detect().as_str());
    }
}

fn portable() -> &'static Kernels {
    Kernels::of(InstructionSet::Portable).unwrap()
}

fn check_close(found: &[f32], expected: &[f32], case: &str) {
    assert_eq!(found.len(), expected.len());
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let tolerance = 2e-5 * expected.abs().max(1.0);
        assert!(
            (found - expected).abs() <= tolerance,
            "{case}, {index}: {found} {expected}"
        );
    }
}

const EPILOGUES: [Epilogue; 6] = [
    Epilogue::Store,
    Epilogue::Gelu,
    Epilogue::Silu,
    Epilogue::Relu,
    Epilogue::Add,
    Epilogue::Multiply,
];

#[test]
fn linear_f32_agrees_with_portable() {
    for (n_rows, n_inputs, n_outputs) in [(1, 64, 64), (5, 128, 192), (6, 64, 64), (13, 96, 128)] {
        let rows = numbers(n_rows * n_inputs, 1);
        let (panels, bias) = (numbers(n_inputs * n_outputs, 2), numbers(n_outputs, 3));
        let linear = LinearF32 {
            panels: &panels,
            bias: &bias,
            n_inputs,
        };
        for epilogue in EPILOGUES {
            let mut expected = numbers(n_rows * n_outputs, 4);
            let start = expected.clone();
            portable().linear_f32(&rows, &linear, epilogue, &mut expected);
            for kernels in others() {
                let mut found = start.clone();
                kernels.linear_f32(&rows, &linear, epilogue, &mut found);
                check_close(&found, &expected, &format!("{n_rows} rows, {epilogue:?}"));
            }
        }
    }
}

/// Returns the distribution function of the standard normal by its series.
fn normal_distribution(value: f64) -> f64 {
    let (mut term, mut sum) = (value, value);
    for index in 1..200 {
        term *= -value * value / (2.0 * f64::from(index));
        sum += term / f64::from(2 * index + 1);
    }
    0.5 + sum / (2.0 * std::f64::consts::PI).sqrt()
}

#[test]
fn gelu_is_as_exact_as_said_in_every_set() {
    let n = 64 * 21;
    let values: Vec<f32> = (0..n).map(|step| (step as f32 / 96.0) - 7.0).collect();
    for kernels in [portable()].into_iter().chain(others()) {
        for bias in values.chunks_exact(64) {
            let linear = LinearF32 {
                panels: &[0.0; 64 * 64],
                bias,
                n_inputs: 64,
            };
            let mut found = [0.0; 64];
            kernels.linear_f32(&[0.0; 64], &linear, Epilogue::Gelu, &mut found);
            for (value, found) in bias.iter().zip(found) {
                let expected = f64::from(*value) * normal_distribution(f64::from(*value));
                let error = (f64::from(found) - expected).abs();
                assert!(error < 1.3e-5, "{value}: {found} {expected}");
            }
        }
    }
}

#[test]
fn linear_int8_agrees_with_portable() {
    for (n_rows, n_inputs, n_outputs) in [
        (1, 64, 64),
        (2, 64, 64),
        (5, 128, 192),
        (6, 64, 64),
        (37, 192, 128),
    ] {
        let int8 = |value: &f32| (value * 127.0) as i8;
        let panels: Vec<i8> = numbers(n_inputs * n_outputs, 2).iter().map(int8).collect();
        let sums: Vec<i32> = (0..n_outputs)
            .map(|output| sum_of(&panels, n_inputs, output))
            .collect();
        // A scale and a bias that let every integer through as it is: the comparison is exact.
        let (ones, zeros) = (vec![1.0; n_outputs], vec![0.0; n_outputs]);
        let exact = LinearInt8 {
            panels: &panels,
            scales: &ones,
            sums: &sums,
            bias: &zeros,
            n_inputs,
        };
        let (scales, bias) = (vec![0.01; n_outputs], numbers(n_outputs, 3));
        let scaled = LinearInt8 {
            scales: &scales,
            bias: &bias,
            ..exact
        };
        let mut rows = QuantizedRows::default();
        portable().quantize(&numbers(n_rows * n_inputs, 1), n_inputs, &mut rows);
        let mut integers = rows.clone();
        integers.scales.fill(1.0);
        for kernels in others() {
            let (mut expected, mut found) =
                (vec![0.0; n_rows * n_outputs], vec![0.0; n_rows * n_outputs]);
            portable().linear_int8(&integers, &exact, Epilogue::Store, &mut expected);
            kernels.linear_int8(&integers, &exact, Epilogue::Store, &mut found);
            assert_eq!(found, expected, "{n_rows} rows");
            for epilogue in EPILOGUES {
                let mut expected = numbers(n_rows * n_outputs, 4);
                let mut found = expected.clone();
                portable().linear_int8(&rows, &scaled, epilogue, &mut expected);
                kernels.linear_int8(&rows, &scaled, epilogue, &mut found);
                check_close(&found, &expected, &format!("{n_rows} rows, {epilogue:?}"));
            }
        }
    }
}

/// Returns a weight out of packed panels.
fn weight(panels: &[i8], n_inputs: usize, output: usize, input: usize) -> i8 {
    let (panel, column) = (output / INT8_PANEL_WIDTH, output % INT8_PANEL_WIDTH);
    let group = panel * n_inputs / 4 + input / 4;
    panels[(group * INT8_PANEL_WIDTH + column) * 4 + input % 4]
}

fn sum_of(panels: &[i8], n_inputs: usize, output: usize) -> i32 {
    let weights = (0..n_inputs).map(|input| weight(panels, n_inputs, output, input));
    weights.map(i32::from).sum()
}

/// What the packed integers stand for, multiplied out in the plainest way.
#[test]
fn linear_int8_is_the_product_of_what_the_bytes_stand_for() {
    let (n_rows, n_inputs, n_outputs) = (3, 64, 64);
    let values = numbers(n_rows * n_inputs, 7);
    let panels: Vec<i8> = numbers(n_inputs * n_outputs, 8)
        .iter()
        .map(|value| (value * 127.0) as i8)
        .collect();
    let sums: Vec<i32> = (0..n_outputs)
        .map(|output| sum_of(&panels, n_inputs, output))
        .collect();
    let (scales, bias) = (vec![1.0 / 127.0; n_outputs], numbers(n_outputs, 9));
    let linear = LinearInt8 {
        panels: &panels,
        scales: &scales,
        sums: &sums,
        bias: &bias,
        n_inputs,
    };
    let mut rows = QuantizedRows::default();
    portable().quantize(&values, n_inputs, &mut rows);
    let mut found = vec![0.0; n_rows * n_outputs];
    portable().linear_int8(&rows, &linear, Epilogue::Store, &mut found);
    for row in 0..n_rows {
        for output in 0..n_outputs {
            let products = (0..n_inputs).map(|input| {
                let weight = weight(&panels, n_inputs, output, input);
                values[row * n_inputs + input] * f32::from(weight) / 127.0
            });
            let expected = products.sum::<f32>() + bias[output];
            let found = found[row * n_outputs + output];
            assert!((found - expected).abs() < 0.05, "{found} {expected}");
        }
    }
}

#[test]
fn quantization_is_the_same_in_every_set() {
    let mut rows = numbers(7 * 96, 5);
    rows[96..192].fill(0.0);
    rows[192..288]
        .iter_mut()
        .for_each(|value| *value = value.abs());
    rows[288..384]
        .iter_mut()
        .for_each(|value| *value = -value.abs() * 1e6);
    let mut expected = QuantizedRows::default();
    portable().quantize(&rows, 96, &mut expected);
    for (row, bytes) in rows
        .chunks(96)
        .zip(expected.values.chunks(96))
        .enumerate()
        .map(|(index, (row, bytes))| ((index, row), bytes))
    {
        let (index, row) = row;
        for (value, byte) in row.iter().zip(bytes) {
            let restored =
                expected.scales[index] * (i32::from(*byte) - expected.zeros[index]) as f32;
            assert!(
                (restored - value).abs() <= expected.scales[index],
                "{restored} {value}"
            );
        }
    }
    for kernels in others() {
        let mut found = QuantizedRows::default();
        kernels.quantize(&rows, 96, &mut found);
        assert_eq!(found, expected);
    }
}

#[test]
fn normalization_agrees_with_portable() {
    let (weight, bias) = (numbers(96, 2), numbers(96, 3));
    let norm = Norm {
        weight: &weight,
        bias: &bias,
        epsilon: 1e-12,
    };
    let rows = numbers(5 * 96, 1);
    let mut expected = rows.clone();
    portable().normalize(&mut expected, &norm);
    for kernels in others() {
        let mut found = rows.clone();
        kernels.normalize(&mut found, &norm);
        check_close(&found, &expected, "normalisation");
    }
}

/// Every remainder of every block, and some that take several.
fn token_counts() -> impl Iterator<Item = usize> {
    (1..=70).chain([80, 100, 127, 129, 256, 300])
}

/// Calls `check` for heads of both widths and many lengths, with and without a bias.
fn for_attentions(mut check: impl FnMut(&Attention<'_>, &str)) {
    for head_width in [32, 64] {
        for n_tokens in token_counts() {
            let projected = numbers(n_tokens * 3 * 2 * head_width, 1);
            let projected: Vec<f32> = projected.iter().map(|value| 2.0 * value).collect();
            // It serves longer sequences as well.
            let reach = n_tokens + 3;
            let values = &numbers(2 * (2 * reach - 1), 2)[..];
            for bias in [None, Some(Bias { values, reach })] {
                let attention = Attention {
                    projected: &projected,
                    n_tokens,
                    n_heads: 2,
                    head_width,
                    bias,
                };
                let case = format!("{n_tokens} tokens of {head_width}, {:?}", bias.is_some());
                check(&attention, &case);
            }
        }
    }
}

#[test]
fn attention_f32_agrees_with_portable_and_plain_arithmetic() {
    for_attentions(|attention, case| {
        let expected = plain_attention(attention);
        check_close(&attend_f32(portable(), attention), &expected, case);
        for kernels in others() {
            check_close(&attend_f32(kernels, attention), &expected, case);
        }
    });
}

fn attend_f32(kernels: &Kernels, attention: &Attention<'_>) -> Vec<f32> {
    let mut output = vec![0.0; attention.n_tokens * attention.width()];
    kernels.attention_f32(attention, &mut output, &mut AttentionScratch::default());
    output
}

fn attend_bf16(kernels: &Kernels, attention: &Attention<'_>) -> Vec<f32> {
    let mut output = vec![0.0; attention.n_tokens * attention.width()];
    kernels.attention_bf16(attention, &mut output, &mut AttentionScratch::default());
    output
}

#[test]
fn attention_bf16_agrees_with_portable() {
    for_attentions(|attention, case| {
        let expected = attend_bf16(portable(), attention);
        for (expected, plain) in expected.iter().zip(plain_attention(attention)) {
            assert!(
                (expected - plain).abs() < 0.15,
                "{case}: {expected} {plain}"
            );
        }
        for kernels in others() {
            // A weight may round to the other side where scores differ in their last bit.
            let found = attend_bf16(kernels, attention);
            for (found, expected) in found.iter().zip(&expected) {
                assert!(
                    (found - expected).abs() < 4e-3,
                    "{case}: {found} {expected}"
                );
            }
        }
    });
}

#[test]
fn query_is_answered_bit_for_bit_alike_wherever_it_lies() {
    for_attentions(|attention, case| {
        // A bias depends on the place.
        if attention.bias.is_some() {
            return;
        }
        let width = attention.width();
        let mut projected = attention.projected.to_vec();
        for token in projected.chunks_exact_mut(3 * width) {
            token[..width].copy_from_slice(&attention.projected[..width]);
        }
        let alike = Attention {
            projected: &projected,
            ..*attention
        };
        for kernels in others().into_iter().chain([portable()]) {
            for attend in [attend_f32, attend_bf16] {
                let among_others = attend(kernels, attention);
                let output = attend(kernels, &alike);
                let mut rows = output.chunks_exact(width);
                assert!(rows.all(|row| row == &among_others[..width]), "{case}");
            }
        }
    });
}

#[test]
fn row_is_multiplied_bit_for_bit_alike_wherever_it_lies() {
    let (n_inputs, n_outputs) = (128, 128);
    let (panels, bias) = (numbers(n_inputs * n_outputs, 2), numbers(n_outputs, 3));
    let int8: Vec<i8> = panels.iter().map(|value| (value * 127.0) as i8).collect();
    let floats = LinearF32 {
        panels: &panels,
        bias: &bias,
        n_inputs,
    };
    let bytes = LinearInt8 {
        panels: &int8,
        scales: &numbers(n_outputs, 5),
        sums: &vec![3; n_outputs],
        bias: &bias,
        n_inputs,
    };
    let multiply = |kernels: &Kernels, epilogue: Epilogue, n_rows: usize| {
        let rows = numbers(n_inputs, 1).repeat(n_rows);
        let mut quantized = QuantizedRows::default();
        kernels.quantize(&rows, n_inputs, &mut quantized);
        let start = numbers(n_outputs, 4).repeat(n_rows);
        let mut outputs = [start.clone(), start];
        kernels.linear_f32(&rows, &floats, epilogue, &mut outputs[0]);
        kernels.linear_int8(&quantized, &bytes, epilogue, &mut outputs[1]);
        outputs
    };
    for kernels in others().into_iter().chain([portable()]) {
        for epilogue in EPILOGUES {
            let alone = multiply(kernels, epilogue, 1);
            for n_rows in (2..20).chain([70]) {
                let outputs = multiply(kernels, epilogue, n_rows);
                for (output, alone) in outputs.iter().zip(&alone) {
                    let mut rows = output.chunks_exact(n_outputs);
                    assert!(rows.all(|row| row == alone), "{n_rows}, {epilogue:?}");
                }
            }
        }
    }
}

/// Sets that must give the same bits.
const TWINS: [&[InstructionSet]; 3] = [
    &[InstructionSet::Avx512Vnni, InstructionSet::Avx512],
    &[InstructionSet::AvxVnni, InstructionSet::Avx2],
    &[
        InstructionSet::NeonI8mm,
        InstructionSet::NeonDotprod,
        InstructionSet::Neon,
    ],
];

/// Checks that all twins on this processor give the same.
fn check_twins(case: &str, compute: impl Fn(&Kernels) -> Vec<f32>) {
    for twins in TWINS {
        let available = twins.iter().filter_map(|set| Kernels::of(*set).ok());
        let results: Vec<Vec<f32>> = available.map(&compute).collect();
        for pair in results.windows(2) {
            assert!(pair[0] == pair[1], "{case}");
        }
    }
}

#[test]
fn twins_attend_bit_for_bit_alike() {
    for_attentions(|attention, case| {
        check_twins(case, |kernels| attend_bf16(kernels, attention));
    });
}

#[test]
fn twins_multiply_bit_for_bit_alike() {
    for n_rows in [1, 15, 16, 17, 31, 32, 33, 100] {
        let (n_inputs, n_outputs) = (192, 128);
        let int8 = |value: &f32| (value * 127.0) as i8;
        let panels: Vec<i8> = numbers(n_inputs * n_outputs, 2).iter().map(int8).collect();
        let sums: Vec<i32> = (0..n_outputs)
            .map(|output| sum_of(&panels, n_inputs, output))
            .collect();
        let linear = LinearInt8 {
            panels: &panels,
            scales: &numbers(n_outputs, 5),
            sums: &sums,
            bias: &numbers(n_outputs, 3),
            n_inputs,
        };
        let mut rows = QuantizedRows::default();
        portable().quantize(&numbers(n_rows * n_inputs, 1), n_inputs, &mut rows);
        for epilogue in EPILOGUES {
            check_twins(&format!("{n_rows} rows, {epilogue:?}"), |kernels| {
                let mut output = numbers(n_rows * n_outputs, 4);
                kernels.linear_int8(&rows, &linear, epilogue, &mut output);
                output
            });
        }
    }
}

/// The largest of all sums: nothing may saturate or overflow on the way.
#[test]
fn linear_int8_is_exact_at_its_extremes() {
    let (n_inputs, n_outputs) = (256, 64);
    for (byte, weight) in [(255, 127), (255, -127), (0, 127), (0, -127)] {
        let panels = vec![weight; n_inputs * n_outputs];
        let sums = vec![n_inputs as i32 * i32::from(weight); n_outputs];
        let linear = LinearInt8 {
            panels: &panels,
            scales: &vec![1.0; n_outputs],
            sums: &sums,
            bias: &vec![0.0; n_outputs],
            n_inputs,
        };
        let rows = QuantizedRows {
            values: vec![byte; ROW_BLOCK * n_inputs],
            scales: vec![1.0; 3],
            zeros: vec![0; 3],
        };
        let expected = (n_inputs as i32 * i32::from(byte) * i32::from(weight)) as f32;
        for kernels in others().into_iter().chain([portable()]) {
            let mut output = vec![0.0; 3 * n_outputs];
            kernels.linear_int8(&rows, &linear, Epilogue::Store, &mut output);
            assert_eq!(output, vec![expected; output.len()], "{byte} {weight}");
        }
    }
}

/// Attention in double precision.
fn plain_attention(attention: &Attention<'_>) -> Vec<f32> {
    let Attention {
        projected,
        n_tokens,
        head_width,
        ..
    } = *attention;
    let width = attention.width();
    let at = |token: usize, which: usize, dimension: usize| {
        f64::from(projected[(3 * token + which) * width + dimension])
    };
    let mut output = Vec::new();
    for token in 0..n_tokens {
        for head in 0..attention.n_heads {
            let dimensions = head * head_width..(head + 1) * head_width;
            let weight = |other: usize| {
                let products = dimensions
                    .clone()
                    .map(|index| at(token, 0, index) * at(other, 1, index));
                let bias = attention.bias.map_or(0.0, |bias| {
                    let distance = bias.reach - 1 + other - token;
                    bias.values[head * (2 * bias.reach - 1) + distance]
                });
                (products.sum::<f64>() + f64::from(bias)).exp2()
            };
            let weights: Vec<f64> = (0..n_tokens).map(weight).collect();
            let total: f64 = weights.iter().sum();
            for dimension in dimensions {
                let values = (0..n_tokens).map(|other| at(other, 2, dimension));
                let mixed: f64 = values
                    .zip(&weights)
                    .map(|(value, weight)| value * weight)
                    .sum();
                output.push((mixed / total) as f32);
            }
        }
    }
    output
}
