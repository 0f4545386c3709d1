// @ts-check
// Anyone can sign in here: a user name is an account, and the password is the same for all.

export const PASSWORD = 'correct horse';

/** @type {Record<string, string>} */
const FULL_NAMES = {
  ada: 'Ada Lovelace',
  alan: 'Alan Turing',
  barbara: 'Barbara Liskov',
  edsger: 'Edsger Dijkstra',
  grace: 'Grace Hopper',
  katherine: 'Katherine Johnson',
  margaret: 'Margaret Hamilton',
};

/** @param {string} userName */
export function fullName(userName) {
  return FULL_NAMES[userName] ?? titleCase(userName);
}

/**
 * The claims of an ID token and of UserInfo.
 * @param {string} userName
 */
export function claimsOf(userName) {
  return { sub: userName, name: fullName(userName), email: `${userName}@example.com`, email_verified: true };
}

/** @param {string} userName */
function titleCase(userName) {
  return userName
    .split(/[\s._-]+/u)
    .filter(Boolean)
    .map((word) => word[0].toUpperCase() + word.slice(1))
    .join(' ');
}
