/** The Helm release of the demo. */
export const RELEASE = 'temperature-converter';
/** The converter that the demo applies. */
export const CONVERTER = 'another-port';
/** Its manifest. */
export const SAMPLE = `samples/${CONVERTER}.yaml`;
/** The CustomResourceDefinition. */
export const CRD = 'temperatureconverters.temperature-converter.io';
/** The name of the local cluster. */
export const LOCAL_CLUSTER = 'demo';
