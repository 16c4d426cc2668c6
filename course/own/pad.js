// A pad to draw one digit on with mouse, pen or finger: Save sends it to drawing_pad.py.
const SIDE = 280, PEN = 20, PAPER = "#ffffff", INK = "#1b1f24"

function element(parent, tag, properties = {}) {
  const made = Object.assign(document.createElement(tag), properties)
  parent.append(made)
  return made
}

function render({ model, el }) {
  const root = element(el, "div", { className: "course-pad" })
  // A key pressed here is the pad's: no shortcut of the notebook, no scrolling of it.
  root.dataset.lmSuppressShortcuts = "true"
  root.onkeydown = (event) => event.stopPropagation()
  const canvas = element(root, "canvas", { width: SIDE, height: SIDE })
  canvas.setAttribute("role", "img")
  canvas.setAttribute("aria-label", "Paper to draw one digit on, by mouse, pen or touch")
  const pen = canvas.getContext("2d")
  const side = element(root, "div")
  const choice = element(side, "fieldset")
  element(choice, "legend", { textContent: "Which digit is it?" })
  const name = `course-pad-${Math.random().toString(36).slice(2)}`
  const digits = [...Array(10).keys()].map((value) => {
    const label = element(choice, "label")
    const radio = element(label, "input", { type: "radio", name, value })
    label.append(`${value}`)
    return radio
  })
  const buttons = element(side, "div")
  const save = element(buttons, "button", { type: "button", textContent: "Save" })
  const clear = element(buttons, "button", { type: "button", textContent: "Clear" })
  const said = element(side, "output", { textContent: "Draw a digit on the paper." })

  let empty = true
  function blank() {
    pen.fillStyle = PAPER
    pen.fillRect(0, 0, SIDE, SIDE)
    Object.assign(pen, { strokeStyle: INK, lineWidth: PEN, lineCap: "round", lineJoin: "round" })
    empty = true
  }
  function line(event) {
    const box = canvas.getBoundingClientRect()
    const scale = SIDE / box.width
    pen.lineTo((event.clientX - box.left) * scale, (event.clientY - box.top) * scale)
    pen.stroke()
    empty = false
  }
  canvas.onpointerdown = (event) => {
    if (event.button !== 0) return
    canvas.setPointerCapture(event.pointerId)
    pen.beginPath()
    line(event)
    line(event) // twice, so that a tap leaves a dot
  }
  canvas.onpointermove = (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) line(event)
  }
  clear.onclick = () => { blank(); said.textContent = "Draw a digit on the paper." }
  save.onclick = () => {
    const digit = digits.find((radio) => radio.checked)?.value
    if (empty) said.textContent = "Nothing is drawn yet."
    else if (digit === undefined) said.textContent = "Choose which digit it is, then save."
    else {
      said.textContent = "Saving …"
      model.send({ digit: Number(digit), png: canvas.toDataURL("image/png") })
    }
  }
  function answer(message) {
    said.textContent = message.said
    if (!message.saved) return // the drawing stays, so that nothing is lost
    blank()
    digits.forEach((radio) => (radio.checked = false))
  }
  blank()
  model.on("msg:custom", answer)
  return () => model.off("msg:custom", answer)
}

export default { render }
