// Finds what is wrong with the layout of a page: a list of sentences, at most five of a kind. All measures are in CSS
// pixels of the window; a pixel or two are left for rounding and for the white above and below letters.
(() => {
  const found = {}
  const say = (kind, text) => {
    const all = found[kind] ||= []
    if (all.length < 5) all.push(`${kind}: ${text}`)
  }
  const short = text => JSON.stringify(text.trim().slice(0, 40))
  const width = document.documentElement.clientWidth
  const sideways = document.documentElement.scrollWidth - width
  if (sideways > 0) say('page scrolls sideways', `by ${sideways} px at ${width}`)

  // What is hidden, and what is clipped to nothing for screen readers alone, is not seen.
  const seen = e => e.checkVisibility({opacityProperty: true, visibilityProperty: true}) && !e.closest('.vh,.skip')
  const place = e => {
    let at = e.nodeName.toLowerCase()
    const within = e.closest('[id]')
    if (e.getAttribute('class')) at += '.' + e.getAttribute('class').split(' ')[0]
    return within ? `${at} in #${within.id}` : at
  }
  // The box that holds an element's text: the nearest that clips or scrolls, or the page.
  const boxes = new Map()
  const box = e => {
    if (!e || e === document.body || e === document.documentElement) return null
    if (!boxes.has(e)) {
      const x = getComputedStyle(e).overflowX
      const through = x === 'visible' || e instanceof SVGElement
      boxes.set(e, through ? box(e.parentElement) : {element: e, scrolls: x !== 'hidden' && x !== 'clip'})
    }
    return boxes.get(e)
  }

  const charts = new Map() // a chart and the texts in it
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const range = document.createRange()
  for (let node; (node = walk.nextNode());) {
    const e = node.parentElement
    if (!node.data.trim() || /^(SCRIPT|STYLE|OPTION|TITLE|DESC)$/i.test(e.nodeName) || !seen(e)) continue
    range.selectNodeContents(node)
    const outer = box(e)
    const chart = e.closest('.hit, svg')
    for (const r of range.getClientRects()) {
      if (r.width < 1 || r.height < 1) continue
      if (outer && !outer.scrolls) { // clipped: only what is cut without an ellipsis is lost
        const b = outer.element.getBoundingClientRect(), style = getComputedStyle(outer.element)
        if (r.right > b.right + 2 && style.textOverflow !== 'ellipsis' && style.webkitLineClamp === 'none')
          say('text is cut', `${short(node.data)} in ${place(e)}, ${Math.round(r.right - b.right)} px`)
      } else if (!outer && (r.left < -1 || r.right > width + 1)) {
        say('text leaves the page',
          `${short(node.data)} in ${place(e)}, ${Math.round(r.left)} to ${Math.round(r.right)} of ${width}`)
      }
      if (chart) {
        const figure = chart.closest('.panel, .rows, figure, .figure') || chart
        const b = figure.getBoundingClientRect()
        if (r.left < b.left - 2 || r.right > b.right + 2 || r.top < b.top - 2 || r.bottom > b.bottom + 2)
          if (!outer || outer.scrolls) say('text leaves its chart', `${short(node.data)} in ${place(e)} at ${width}: ` +
            `${[r.left - b.left, b.right - r.right, r.top - b.top, b.bottom - r.bottom].map(Math.round)}`)
        if (!charts.has(chart)) charts.set(chart, [])
        const cut = outer && outer.element.closest('.hit, svg') ? outer.element.getBoundingClientRect() : r
        charts.get(chart).push({
          text: node.data, owner: e, left: Math.max(r.left, cut.left), right: Math.min(r.right, cut.right),
          top: r.top + r.height * 0.2, bottom: r.bottom - r.height * 0.2,
        })
      }
    }
  }

  // Labels of one chart that lie on each other. Parts of one line of text are neighbours and may touch.
  for (const texts of charts.values()) {
    texts.sort((a, b) => a.top - b.top)
    texts.forEach((a, i) => {
      for (let j = i + 1; j < texts.length && texts[j].top < a.bottom; j++) {
        const b = texts[j]
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left)
        const down = Math.min(a.bottom, b.bottom) - b.top
        if (across > 2 && down > 2 && a.owner !== b.owner)
          say('labels overlap', `${short(a.text)} and ${short(b.text)} in ${place(a.owner)} at ${width}, ` +
            `${Math.round(across)} x ${Math.round(down)} px`)
      }
    })
  }
  return Object.values(found).flat()
})()
