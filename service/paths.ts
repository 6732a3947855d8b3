/** All paths that the service serves. */
export const PATHS = {
  convert: '/api/convert-fahrenheit-to-celsius',
  health: '/api/healthcheck',
  openApi: '/openapi.json',
} as const;
