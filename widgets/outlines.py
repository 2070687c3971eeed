"""Outlines of fields, boxes and buttons that are seen on a dark window and in high contrast (WCAG 2.2, 1.4.11)."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPalette, QPen
from PySide6.QtWidgets import QApplication, QProxyStyle, QStyle, QStyleOption, QStyleOptionComplex, QWidget

from widgets.theme import is_dark

_FUSION = "fusion"
_STRENGTH = 0.6
_ROUND = 2.0
_BOXES = (
    QStyle.PrimitiveElement.PE_FrameLineEdit,
    QStyle.PrimitiveElement.PE_IndicatorCheckBox,
    QStyle.PrimitiveElement.PE_IndicatorItemViewItemCheck,
    QStyle.PrimitiveElement.PE_PanelButtonCommand,
)


class Outlines(QProxyStyle):
    """Qt's Fusion style, whose own outlines are darker than the window: on a dark one nobody sees them."""

    def __init__(self) -> None:
        super().__init__(_FUSION)

    def drawPrimitive(  # noqa: N802 - Qt's name
        self, element: QStyle.PrimitiveElement, option: QStyleOption, painter: QPainter, widget: QWidget | None = None
    ) -> None:
        """Draws a part, and on a dark window its outline."""
        super().drawPrimitive(element, option, painter, widget)
        if is_dark(option.palette) and not option.state & QStyle.StateFlag.State_HasFocus:
            if element in _BOXES:
                _outline(painter, option.rect, option.palette, _ROUND)
            elif element == QStyle.PrimitiveElement.PE_IndicatorRadioButton:
                _outline(painter, option.rect, option.palette, option.rect.height() / 2)

    def drawComplexControl(  # noqa: N802 - Qt's name
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        """Draws a control, and on a dark window the outline of a list of choices."""
        super().drawComplexControl(control, option, painter, widget)
        if control == QStyle.ComplexControl.CC_ComboBox and is_dark(option.palette):
            _outline(painter, option.rect, option.palette, _ROUND)


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
