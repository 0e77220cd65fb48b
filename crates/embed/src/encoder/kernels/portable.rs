//! Plain Rust that compilers turn into vector code: what a kernel computes, and how on any processor.
//!
//! Functions that other sets compile for their own registers are inlined always: that is how they get there.

use std::array;

use super::{
    Attention, AttentionScratch, BLOCK_ROWS, EXP2, EXP2_MIN, Epilogue, GELU, GELU_REACH,
    INT8_PANEL_WIDTH, Kernels, LinearF32, LinearInt8, Norm, PANEL_WIDTH, QuantizedRows,
};

pub(super) const KERNELS: Kernels = Kernels {
    block_rows: BLOCK_ROWS,
    linear_f32,
    linear_int8,
    quantize,
    normalize,
    attention_f32,
    attention_bf16,
};

/// Outputs that are summed at a time: few enough for the registers of any processor.
const LANES: usize = INT8_PANEL_WIDTH;

/// Independent partial sums of a reduction: so many registers that one need not wait for another.
const SUMS: usize = 32;

/// 1.5 * 2^23: adding it rounds a small number to the nearest integer, ties to even, in the lowest bits.
const ROUNDER: f32 = 12_582_912.0;

fn linear_f32(rows: &[f32], linear: &LinearF32<'_>, epilogue: Epilogue, output: &mut [f32]) {
    let (n_inputs, n_outputs) = (linear.n_inputs, linear.bias.len());
    for (panel_index, panel) in linear
        .panels
        .chunks_exact(PANEL_WIDTH * n_inputs)
        .enumerate()
    {
        for (row, output) in rows
            .chunks_exact(n_inputs)
            .zip(output.chunks_exact_mut(n_outputs))
        {
            for start in (0..PANEL_WIDTH).step_by(LANES) {
                let first = panel_index * PANEL_WIDTH + start;
                let mut sums = [0.0; LANES];
                for (value, weights) in row.iter().zip(panel.chunks_exact(PANEL_WIDTH)) {
                    let weights = &weights[start..start + LANES];
                    for (sum, weight) in sums.iter_mut().zip(weights) {
                        *sum += value * weight;
                    }
                }
                let values = values_f32(linear, first, &sums);
                finish(values, epilogue, &mut output[first..first + LANES]);
            }
        }
    }
}

fn linear_int8(
    rows: &QuantizedRows,
    linear: &LinearInt8<'_>,
    epilogue: Epilogue,
    output: &mut [f32],
) {
    let (n_inputs, n_outputs) = (linear.n_inputs, linear.bias.len());
    for (panel_index, panel) in linear.panels.chunks_exact(LANES * n_inputs).enumerate() {
        let first = panel_index * LANES;
        for (row_index, output) in output.chunks_exact_mut(n_outputs).enumerate() {
            let row = &rows.values[row_index * n_inputs..][..n_inputs];
            let products = integer_products(row, panel);
            let values = values_int8(rows, linear, row_index, first, &products);
            finish(values, epilogue, &mut output[first..first + LANES]);
        }
    }
}

/// Returns the outputs from `first` on that sums of products stand for.
fn values_f32(linear: &LinearF32<'_>, first: usize, sums: &[f32; LANES]) -> [f32; LANES] {
    let mut values = *sums;
    for (value, bias) in values.iter_mut().zip(&linear.bias[first..]) {
        *value += bias;
    }
    values
}

/// Returns the outputs of a row from `first` on that sums of integer products stand for.
#[inline(always)]
pub(super) fn values_int8(
    rows: &QuantizedRows,
    linear: &LinearInt8<'_>,
    row: usize,
    first: usize,
    sums: &[i32; LANES],
) -> [f32; LANES] {
    let (scale, zero) = (rows.scales[row], rows.zeros[row]);
    let outputs = first..first + LANES;
    let (scales, bias) = (
        &linear.scales[outputs.clone()],
        &linear.bias[outputs.clone()],
    );
    let weights = &linear.sums[outputs];
    let mut values = [0.0; LANES];
    let columns = scales.iter().zip(bias).zip(weights);
    for ((value, sum), ((output_scale, bias), weights)) in values.iter_mut().zip(sums).zip(columns)
    {
        // What damaged weights give may be beyond all integers.
        let sum = sum.wrapping_sub(zero.wrapping_mul(*weights));
        *value = sum as f32 * (scale * output_scale) + bias;
    }
    values
}

/// Sums the products of `row` with the outputs of a panel.
fn integer_products(row: &[u8], panel: &[i8]) -> [i32; LANES] {
    let mut sums = [0; LANES];
    for (values, weights) in row.chunks_exact(4).zip(panel.chunks_exact(4 * LANES)) {
        let values: [i16; 4] = array::from_fn(|index| i16::from(values[index]));
        for (sum, weights) in sums.iter_mut().zip(weights.chunks_exact(4)) {
            let product = |index: usize| i32::from(values[index]) * i32::from(weights[index]);
            *sum += (product(0) + product(1)) + (product(2) + product(3));
        }
    }
    sums
}

fn finish(mut sums: [f32; LANES], epilogue: Epilogue, output: &mut [f32]) {
    match epilogue {
        Epilogue::Store => {}
        Epilogue::Gelu => {
            for sum in &mut sums {
                *sum = gelu(*sum);
            }
        }
        Epilogue::Silu => {
            for sum in &mut sums {
                *sum = silu(*sum);
            }
        }
        Epilogue::Relu => {
            for sum in &mut sums {
                *sum = if *sum > 0.0 { *sum } else { 0.0 };
            }
        }
        Epilogue::Add => {
            for (sum, residual) in sums.iter_mut().zip(&*output) {
                *sum += residual;
            }
        }
        Epilogue::Multiply => {
            for (sum, gate) in sums.iter_mut().zip(&*output) {
                *sum *= gate;
            }
        }
    }
    output.copy_from_slice(&sums);
}

#[inline(always)]
pub(super) fn quantize(rows: &[f32], width: usize, quantized: &mut QuantizedRows) {
    for (index, row) in rows.chunks_exact(width).enumerate() {
        // Zero is always in the range, so that the zero point is a byte too.
        let low = reduce(row, 0.0, |low, value| if value < low { value } else { low });
        let high = reduce(
            row,
            0.0,
            |high, value| if value > high { value } else { high },
        );
        // A row of nothing but zeros needs some step.
        let range = (high - low).max(1e-20);
        let steps = 255.0 / range;
        let zero = round(-low * steps);
        quantized.scales[index] = range / 255.0;
        quantized.zeros[index] = zero;
        let bytes = &mut quantized.values[index * width..][..width];
        for (byte, value) in bytes.iter_mut().zip(row) {
            *byte = round(value * steps).wrapping_add(zero).clamp(0, 255) as u8;
        }
    }
}

#[inline(always)]
pub(super) fn normalize(rows: &mut [f32], norm: &Norm<'_>) {
    let width = norm.weight.len();
    for row in rows.chunks_exact_mut(width) {
        let mean = reduce_sum(row, |value| value) / width as f32;
        let variance = reduce_sum(row, |value| (value - mean) * (value - mean)) / width as f32;
        let factor = 1.0 / (variance + norm.epsilon).sqrt();
        for ((value, weight), bias) in row.iter_mut().zip(norm.weight).zip(norm.bias) {
            *value = (*value - mean) * factor * weight + bias;
        }
    }
}

fn attention_f32(attention: &Attention<'_>, output: &mut [f32], scratch: &mut AttentionScratch) {
    heads(attention, output, scratch, |value| value);
}

fn attention_bf16(attention: &Attention<'_>, output: &mut [f32], scratch: &mut AttentionScratch) {
    heads(attention, output, scratch, round_bf16);
}

/// Computes attention of numbers that went through `number`.
#[inline(always)]
fn heads(
    attention: &Attention<'_>,
    output: &mut [f32],
    scratch: &mut AttentionScratch,
    number: impl Fn(f32) -> f32,
) {
    let (n_tokens, head_width, width) =
        (attention.n_tokens, attention.head_width, attention.width());
    let keys = &mut scratch.keys[..n_tokens * head_width];
    let scores = &mut scratch.scores[..n_tokens];
    for head in 0..attention.n_heads {
        let part = |token: usize, which: usize| {
            &attention.projected[(3 * token + which) * width + head * head_width..][..head_width]
        };
        for token in 0..n_tokens {
            for (dimension, value) in part(token, 1).iter().enumerate() {
                keys[dimension * n_tokens + token] = number(*value);
            }
            let values = &mut scratch.values[token * head_width..][..head_width];
            for (target, value) in values.iter_mut().zip(part(token, 2)) {
                *target = number(*value);
            }
        }
        for token in 0..n_tokens {
            scores.fill(0.0);
            for (query, keys) in part(token, 0).iter().zip(keys.chunks_exact(n_tokens)) {
                let query = number(*query);
                for (score, key) in scores.iter_mut().zip(keys) {
                    *score += query * key;
                }
            }
            if let Some(bias) = attention.bias {
                let bias = &bias.values[bias.start(head, token)..];
                for (score, bias) in scores.iter_mut().zip(bias) {
                    *score += bias;
                }
            }
            let highest = scores.iter().copied().fold(f32::MIN, f32::max);
            for score in scores.iter_mut() {
                *score = exp2(*score - highest);
            }
            let factor = 1.0 / reduce_sum(scores, |score| score);
            let output = &mut output[token * width + head * head_width..][..head_width];
            output.fill(0.0);
            for (score, values) in scores.iter().zip(scratch.values.chunks_exact(head_width)) {
                let weight = number(*score);
                for (sum, value) in output.iter_mut().zip(values) {
                    *sum += weight * value;
                }
            }
            for sum in output {
                *sum *= factor;
            }
        }
    }
}

/// Rounds to the nearest bfloat16, ties to even.
#[inline(always)]
fn round_bf16(value: f32) -> f32 {
    let bits = value.to_bits();
    f32::from_bits((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
}

/// Folds `values` in a fixed number of lanes, then the lanes: an order that compilers can vectorise.
#[inline(always)]
fn reduce(values: &[f32], start: f32, fold: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [start; SUMS];
    let (chunks, rest) = values.as_chunks::<SUMS>();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = fold(*lane, *value);
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane = fold(*lane, *value);
    }
    fold_lanes(lanes, fold)
}

/// Folds the halves of `lanes`, which are a power of two, until one is left.
#[inline(always)]
pub(super) fn fold_lanes<const N: usize>(
    mut lanes: [f32; N],
    fold: impl Fn(f32, f32) -> f32,
) -> f32 {
    const { assert!(N.is_power_of_two()) };
    for half in (0..N.ilog2()).rev().map(|power| 1 << power) {
        for lane in 0..half {
            lanes[lane] = fold(lanes[lane], lanes[lane + half]);
        }
    }
    lanes[0]
}

#[inline(always)]
fn reduce_sum(values: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0; SUMS];
    let (chunks, rest) = values.as_chunks::<SUMS>();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += term(*value);
        }
    }
    fold_lanes(lanes, |sum, lane| sum + lane) + rest.iter().map(|value| term(*value)).sum::<f32>()
}

#[inline(always)]
fn round(value: f32) -> i32 {
    let bits = (value + ROUNDER).to_bits().cast_signed();
    // A number that is not small gives any integer.
    bits.wrapping_sub(ROUNDER.to_bits().cast_signed())
}

#[inline(always)]
fn exp2(power: f32) -> f32 {
    let power = if power < EXP2_MIN { EXP2_MIN } else { power };
    let whole = round(power);
    let rest = power - whole as f32;
    polynomial(&EXP2, rest) * f32::from_bits((whole.wrapping_add(127) << 23).cast_unsigned())
}

#[inline(always)]
fn gelu(value: f32) -> f32 {
    let near = value.clamp(-GELU_REACH, GELU_REACH);
    let square = near * near * (2.0 / (GELU_REACH * GELU_REACH)) - 1.0;
    value * (near * polynomial(&GELU, square) + 0.5)
}

/// Returns the polynomial of these coefficients, highest power first.
#[inline(always)]
fn polynomial(coefficients: &[f32], value: f32) -> f32 {
    let terms = coefficients.iter();
    terms.fold(0.0, |sum, coefficient| sum * value + coefficient)
}

#[inline(always)]
fn silu(value: f32) -> f32 {
    let power = value * -std::f32::consts::LOG2_E;
    // A higher power would overflow, and the quotient is next to nothing by then.
    let power = if power > -EXP2_MIN { -EXP2_MIN } else { power };
    value / (1.0 + exp2(power))
}
