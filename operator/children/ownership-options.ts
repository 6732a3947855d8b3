import { ADOPT_ANNOTATION, OWNER_GENERATION_ANNOTATION, ownershipLabels } from './labels.ts';
import type { OwnershipOptions } from '../../controller-runtime/apply/ownership.ts';
import { TEMPERATURE_CONVERTERS } from '../api/temperature-converter.ts';

/** How the operator recognizes the children of a TemperatureConverter. */
export const OWNERSHIP: OwnershipOptions = {
  ownerResource: TEMPERATURE_CONVERTERS,
  labelsOf: ({ metadata }) => ownershipLabels(metadata.name),
  adoptAnnotation: ADOPT_ANNOTATION,
  ownerGenerationAnnotation: OWNER_GENERATION_ANNOTATION,
};
