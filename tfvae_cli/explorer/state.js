/** What is shown: one latent, one label, and who wants to know when they change. */

/**
 * @typedef {{z: Float32Array, label: number, by: string}} Shown
 * `by` names the control that made the change, which need not follow it.
 */

/**
 * Makes the page's state.
 * @param {ArrayLike<number>} z The first latent, [D].
 * @param {number} label The first label.
 * @returns {{z: Float32Array, label: number, show: function(Object): void, follow: function(function(Shown): void): void}}
 */
export function makeState(z, label) {
  const followers = [];
  const state = {
    z: Float32Array.from(z),
    label,
    show(change) {
      state.z = Float32Array.from(change.z ?? state.z);
      state.label = change.label ?? state.label;
      for (const follower of followers) follower({ z: state.z, label: state.label, by: change.by });
    },
    follow(follower) {
      followers.push(follower);
    },
  };
  return state;
}
