/**
 * The few numbers that decide how lists are fused. They are found by bench/quality/learn.ts on
 * labelled questions, the same for every corpus; which of them counts is read off the query and the
 * lists.
 */
export interface FusionParameters {
  /** Share of the meaning, 0 to 1, among prose; for names in code; for descriptions of code. */
  weightInProse: number;
  weightOfNames: number;
  weightOfQuestions: number;
  /** The same where the static model made the list. */
  staticInProse: number;
  staticInCode: number;
  /** Part of a candidate's likeness to its ten nearest candidates that is taken off its cosine. */
  crowding: number;
  /** Part of a score that comes from the candidates nearest to it, 0 to 1. */
  agreementInProse: number;
  agreementInCode: number;
}

export const fusionParameters: FusionParameters = {
  weightInProse: 0.5,
  weightOfNames: 0.55,
  weightOfQuestions: 0.9,
  staticInProse: 0.3,
  staticInCode: 0.5,
  crowding: 0.25,
  agreementInProse: 0.6,
  agreementInCode: 0.3,
};

/** What the numbers are chosen by. 0 to 1 each. */
export interface FusionTraits {
  /** How much the query looks a thing up by name instead of describing it. */
  lookupShare: number;
  /** Share of code, as opposed to prose, among the best candidates of both lists. */
  codeShare: number;
  /** True when the static model made the list. */
  isStatic?: boolean;
}

/** Share of the meaning when neither list is empty. */
export function weightOfMeaning(
  { lookupShare, codeShare, isStatic = false }: FusionTraits,
  parameters: FusionParameters = fusionParameters,
): number {
  if (isStatic) return between(parameters.staticInProse, parameters.staticInCode, codeShare);
  const { weightInProse, weightOfNames, weightOfQuestions } = parameters;
  const inCode = between(weightOfQuestions, weightOfNames, lookupShare);
  return between(weightInProse, inCode, codeShare);
}

/** Part of a score that neighbours decide. */
export function agreementOf(
  { codeShare }: FusionTraits,
  { agreementInProse, agreementInCode }: FusionParameters = fusionParameters,
): number {
  return between(agreementInProse, agreementInCode, codeShare);
}

function between(none: number, all: number, share: number): number {
  return none + share * (all - none);
}
