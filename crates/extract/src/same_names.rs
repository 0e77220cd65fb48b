//! Bounds how many declarations make one thing together: overloads, and parts of an interface.

use domain::Facts;
use domain::facts::{DeclaredType, DeclaredValue, MemberKind, NameId, SAME_NAME_MAX, Shape};

/// Leaves out of facts what is beyond [`SAME_NAME_MAX`]; returns what a person should know of the file if anything is.
///
/// Their symbols and chunks stay: only calls and uses are not matched against them.
pub(crate) fn bound(facts: &mut Facts) -> Option<String> {
    let mut is_cut = false;
    for declaration in &mut facts.declarations {
        if let DeclaredValue::Functions(functions) = &mut declaration.value
            && functions.len() > SAME_NAME_MAX
        {
            // The last one is the implementation.
            functions.drain(SAME_NAME_MAX - 1..functions.len() - 1);
            is_cut = true;
        }
        if let DeclaredType::Instance(shapes) = &mut declaration.r#type
            && shapes.len() > SAME_NAME_MAX
        {
            // Parts of an interface have no implementation among them.
            shapes.truncate(SAME_NAME_MAX);
            is_cut = true;
        }
    }
    for shape in &mut facts.shapes {
        is_cut |= shape.calls.len() > SAME_NAME_MAX || has_many_overloads(shape);
        shape.calls.truncate(SAME_NAME_MAX);
    }
    is_cut.then(|| {
        format!("of declarations of one name that belong together, the first {SAME_NAME_MAX} are followed")
    })
}

fn has_many_overloads(shape: &Shape) -> bool {
    [&shape.members, &shape.statics]
        .into_iter()
        // Nearly every shape ends here, before anything is sorted.
        .filter(|members| members.len() > SAME_NAME_MAX)
        .any(|members| {
            let methods = members.iter();
            let methods = methods.filter(|member| member.kind == MemberKind::Method);
            let mut names: Vec<NameId> = methods.map(|method| method.name).collect();
            names.sort_unstable();
            let mut runs = names.chunk_by(|one, next| one == next);
            runs.any(|run| run.len() > SAME_NAME_MAX)
        })
}

#[cfg(test)]
mod tests {
    use domain::facts::{Declaration, FunctionId};

    use super::*;

    #[test]
    fn the_implementation_is_kept() {
        let functions = (0..SAME_NAME_MAX as u32 + 10).map(FunctionId).collect();
        let mut facts = Facts {
            declarations: vec![Declaration {
                value: DeclaredValue::Functions(functions),
                ..Declaration::default()
            }],
            ..Facts::default()
        };
        assert!(bound(&mut facts).is_some());
        let DeclaredValue::Functions(functions) = &facts.declarations[0].value else {
            panic!("still functions");
        };
        assert_eq!(functions.len(), SAME_NAME_MAX);
        assert_eq!(
            functions.last(),
            Some(&FunctionId(SAME_NAME_MAX as u32 + 9))
        );
        assert_eq!(bound(&mut facts), None);
    }
}
