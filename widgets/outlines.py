"""Outlines that are seen: of fields, boxes and buttons on a dark window, and of what has the keyboard on every one.

At least 3:1 beside what is around them (WCAG 2.2, 1.4.11 and 2.4.13).
"""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QProxyStyle,
    QScrollArea,
    QSlider,
    QStyle,
    QStyleOption,
    QStyleOptionComplex,
    QWidget,
)

from widgets.theme import is_dark

_FUSION = "fusion"
_STRENGTH = 0.6
_ROUND = 2.0
_FOCUS_WIDTH = 2
_FOCUS_CONTRAST = 3.0
_BOXES = (
    QStyle.PrimitiveElement.PE_FrameLineEdit,
    QStyle.PrimitiveElement.PE_IndicatorCheckBox,
    QStyle.PrimitiveElement.PE_IndicatorItemViewItemCheck,
    QStyle.PrimitiveElement.PE_PanelButtonCommand,
)
_CHOICES = {
    QStyle.ControlElement.CE_CheckBox: (
        QStyle.SubElement.SE_CheckBoxIndicator,
        QStyle.SubElement.SE_CheckBoxFocusRect,
    ),
    QStyle.ControlElement.CE_RadioButton: (
        QStyle.SubElement.SE_RadioButtonIndicator,
        QStyle.SubElement.SE_RadioButtonFocusRect,
    ),
}
_COMPLEX = (QStyle.ComplexControl.CC_ToolButton, QStyle.ComplexControl.CC_ComboBox, QStyle.ComplexControl.CC_Slider)
_RINGED = (QAbstractButton, QComboBox, QSlider)
"""They have a ring, and so not the hair of Fusion inside it."""


class Outlines(QProxyStyle):
    """Qt's Fusion style, whose own outlines are darker than the window, and whose focus is a hair."""

    def __init__(self) -> None:
        super().__init__(_FUSION)

    def pixelMetric(  # noqa: N802 - Qt's name
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        """Leaves room for the ring around what is scrolled."""
        if metric == QStyle.PixelMetric.PM_DefaultFrameWidth and isinstance(widget, QScrollArea):
            return _FOCUS_WIDTH
        return super().pixelMetric(metric, option, widget)

    def drawPrimitive(  # noqa: N802 - Qt's name
        self, element: QStyle.PrimitiveElement, option: QStyleOption, painter: QPainter, widget: QWidget | None = None
    ) -> None:
        """Draws a part, and on a dark window its outline."""
        if element == QStyle.PrimitiveElement.PE_FrameFocusRect and isinstance(widget, _RINGED):
            return
        super().drawPrimitive(element, option, painter, widget)
        if element == QStyle.PrimitiveElement.PE_Frame and isinstance(widget, QScrollArea):
            _ring(painter, option, option.rect)
        field = element == QStyle.PrimitiveElement.PE_FrameLineEdit
        if is_dark(option.palette) and not (field and option.state & QStyle.StateFlag.State_HasFocus):
            if element in _BOXES:
                _outline(painter, option.rect, option.palette, _ROUND)
            elif element == QStyle.PrimitiveElement.PE_IndicatorRadioButton:
                _outline(painter, option.rect, option.palette, option.rect.height() / 2)

    def drawControl(  # noqa: N802 - Qt's name
        self, element: QStyle.ControlElement, option: QStyleOption, painter: QPainter, widget: QWidget | None = None
    ) -> None:
        """Draws a control, and the ring around a button, or around a box with its words, that has the keyboard."""
        super().drawControl(element, option, painter, widget)
        if element == QStyle.ControlElement.CE_PushButton:
            _ring(painter, option, option.rect)
        elif element in _CHOICES and widget is not None:
            box, words = (self.subElementRect(part, option, widget) for part in _CHOICES[element])
            _ring(painter, option, box.united(words).adjusted(-3, -2, 3, 2).intersected(option.rect))

    def drawComplexControl(  # noqa: N802 - Qt's name
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        """Draws a control, on a dark window the outline of a list of choices, and the ring of what has the keyboard."""
        super().drawComplexControl(control, option, painter, widget)
        if control == QStyle.ComplexControl.CC_ComboBox and is_dark(option.palette):
            _outline(painter, option.rect, option.palette, _ROUND)
        if control in _COMPLEX:
            _ring(painter, option, option.rect)


def use_outlines(app: QApplication) -> None:
    """Uses them where Qt draws everything itself; the styles of Windows and macOS have outlines of their own."""
    if app.style().name() == _FUSION:
        app.setStyle(Outlines())


def _outline(painter: QPainter, rect: QRect, palette: QPalette, radius: float) -> None:
    colour = palette.color(QPalette.ColorRole.WindowText)
    colour.setAlphaF(_STRENGTH)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    painter.restore()


def _ring(painter: QPainter, option: QStyleOption, rect: QRect) -> None:
    """Draws the ring just inside the place of what has the keyboard.

    Qt's State_KeyboardFocusChange would leave it out after a click, but after every return to the window as well.
    """
    if not option.state & QStyle.StateFlag.State_HasFocus:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(focus_colour(option.palette), _FOCUS_WIDTH))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    half = _FOCUS_WIDTH / 2
    painter.drawRoundedRect(QRectF(rect).adjusted(half, half, -half, -half), _ROUND, _ROUND)
    painter.restore()


def focus_colour(palette: QPalette) -> QColor:
    """The highlight colour, as much lighter or darker as it takes to be seen on the window and on a button."""
    colour = palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.Highlight)
    around = [palette.color(role) for role in (QPalette.ColorRole.Window, QPalette.ColorRole.Button)]
    aim = QColor(Qt.GlobalColor.white if is_dark(palette) else Qt.GlobalColor.black)
    steps = 10
    mixed = (_mixed(colour, aim, step / steps) for step in range(steps))
    return next((each for each in mixed if all(contrast(each, other) >= _FOCUS_CONTRAST for other in around)), aim)


def contrast(one: QColor, other: QColor) -> float:
    """How well two colours are told apart, from 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: QColor) -> float:
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _parts(colour: QColor) -> tuple[float, float, float]:
    return colour.redF(), colour.greenF(), colour.blueF()


def _mixed(colour: QColor, other: QColor, share: float) -> QColor:
    mixed = [a * (1 - share) + b * share for a, b in zip(_parts(colour), _parts(other), strict=True)]
    return QColor.fromRgbF(*mixed)
