/* Methods of an interface as data: what each takes and gives, for who asks by name (docs/openapi.json). */
import type { Type } from "typescript/unstable/sync";
import { type Field, oneLine, type TypeModel, type TypeNode } from "./type-model.ts";

/** Overloads are several of one name. */
export interface MethodModel {
  name: string;
  doc: string;
  takes: { name: string; type: TypeNode }[];
  /** What the records among its arguments may have. */
  options: Field[];
  /** Of the promise, where it gives one; undefined: nothing. */
  gives: TypeNode | undefined;
  /** It may be nothing. */
  mayBeNothing: boolean;
}

/** @param shapes which of its arguments are records of options */
export function methodsOf(
  model: TypeModel,
  [file, name]: readonly [string, string],
  wanted: string,
  shapes: readonly (object | undefined)[],
): MethodModel[] {
  const { checker } = model;
  const written = (type: Type): string => checker.typeToString(type);
  /** Parts of a union but for what stands for nothing. */
  const parts = (type: Type): Type[] =>
    (type.isUnionType() ? [...(type.getTypes() ?? [])] : [type]).filter(
      (part) => !["undefined", "void"].includes(written(part)),
    );
  const methods = checker.getPropertiesOfType(model.typeNamed(file, name));
  return methods
    .filter((method) => method.name === wanted)
    .flatMap((method) => {
      const own = checker.getTypeOfSymbol(method);
      const signatures = own === undefined ? [] : checker.getSignaturesOfType(own, 0);
      return signatures.map((signature): MethodModel => {
        const result = checker.getReturnTypeOfSignature(signature) as Type;
        const isPromise = written(result).startsWith("Promise<");
        const gives = isPromise ? (checker.getTypeArguments(result as never)[0] as Type) : result;
        const isRecord = (at: number): boolean => shapes[at] !== undefined;
        const said = signature.getParameters().map((parameter, at) => ({
          name: parameter.name,
          type: checker.getParameterType(signature, at) as Type,
          isRecord: isRecord(at),
        }));
        const left = parts(gives);
        return {
          name: method.name,
          doc: oneLine(checker.getDocumentationCommentOfSymbol(method)),
          takes: said
            .filter((one) => !one.isRecord)
            .map((one) => ({ name: one.name, type: model.read(one.type) })),
          options: said
            .filter((one) => one.isRecord)
            .flatMap((one) => parts(one.type).flatMap((part) => model.fields(part))),
          gives: left.length === 0 ? undefined : model.read(gives),
          mayBeNothing:
            left.length < (gives.isUnionType() ? (gives.getTypes() ?? []) : [gives]).length,
        };
      });
    });
}
