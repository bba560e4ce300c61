// What people read when a passkey does not work: they closed the browser's dialog, or have none for this site.

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const problem = document.getElementById("passkey-problem");
  if (problem) problem.hidden = false;
});
