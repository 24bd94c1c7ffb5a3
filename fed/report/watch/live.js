// Asks for the state of the runs and shows the page anew when there is more, unless a reader is in the middle of
// something. What was hidden stays hidden; the browser keeps the place. STATE is the state that this page shows.
(() => {
  const buttons = () => [...document.querySelectorAll('.keys [data-m]')]
  const hidden = sessionStorage.getItem('hidden') || ''
  for (const b of buttons()) if (hidden.split(' ').includes(b.dataset.m)) b.click()
  const busy = () => document.hidden || document.querySelector('.hit:hover, .hit:focus, select:focus')
  const title = document.title
  const look = async () => {
    try {
      const answer = await fetch('state', {cache: 'no-store'})
      document.title = title
      if (answer.ok && await answer.text() !== 'STATE' && !busy()) {
        const off = buttons().filter(b => b.getAttribute('aria-pressed') === 'false').map(b => b.dataset.m)
        sessionStorage.setItem('hidden', off.join(' '))
        return location.reload()
      }
    } catch {
      document.title = '(ended) ' + title
    }
    setTimeout(look, 2000)
  }
  setTimeout(look, 2000)
})()
