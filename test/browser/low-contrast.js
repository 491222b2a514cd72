// Evaluated in a page: every visible text whose contrast with its ground is below what WCAG 2.2 AA asks (1.4.3).
;(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const channels = (color) => {
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = color
    canvas.fillRect(0, 0, 1, 1)
    return [...canvas.getImageData(0, 0, 1, 1).data]
  }
  const luminance = (color) => {
    const [red, green, blue] = channels(color).map((value) => (value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const groundOf = (element) => {
    const own = getComputedStyle(element).backgroundColor
    return channels(own)[3] === 255 ? own : groundOf(element.parentElement)
  }
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b)
    return (high + 0.05) / (low + 0.05)
  }
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '') || 'value' in element
  return [...document.body.querySelectorAll('*')]
    .filter((element) => hasText(element) && element.checkVisibility())
    .map((element) => ({ element, ratio: contrast(getComputedStyle(element).color, groundOf(element)) }))
    .filter(({ ratio }) => ratio < 4.5)
    .map(({ element, ratio }) => `${element.tagName} "${element.textContent.slice(0, 40)}" ${ratio.toFixed(2)}`)
})()
