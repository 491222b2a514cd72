/** Where a real namespace would ask a database or an API. */
export const DOCUMENTS: Readonly<Record<string, string>> = {
  welcome: 'Welcome. These documents are read as resources.',
  style: 'Write short sentences. Say what to do first.',
}
