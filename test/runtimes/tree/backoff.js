export function retryDelay(attempt) {
  // Doubles the pause each time a request fails.
  return 100 * 2 ** attempt;
}
