(function(){'use strict';
var each=function(selector,root,f){Array.prototype.forEach.call((root||document).querySelectorAll(selector),f)};
var pinned=null,charts=[];

// pin marks a class in all charts and tables; pinning it again, or null, ends that.
function pin(number){
  pinned=pinned===number?null:number;
  each('[data-c].on',null,function(row){row.classList.remove('on')});
  if(pinned!==null)each('[data-c="'+pinned+'"]',null,function(row){row.classList.add('on')});
  charts.forEach(function(rest){rest()});
}

each('.hit[data-x]',null,function(chart){
  var places=chart.dataset.x.split(' ').map(Number),read=JSON.parse(chart.dataset.read);
  var pins=chart.dataset.pins?chart.dataset.pins.split(' '):null,at=-1,last=places.length-1;
  var guide=chart.querySelector('.guide'),line=chart.closest('.panel').querySelector('.read');
  var hint=pins?'Point at a class, or focus the chart and use the arrow keys; Enter or a click pins it.':'\u00a0';

  function span(kind,text){
    var s=document.createElement(kind);
    s.textContent=text;
    return s;
  }
  // tell writes what stands at a place; methods that the page hides are hidden here too.
  function tell(i){
    line.textContent='';
    line.appendChild(span('b',read.at[i][0]));
    read.who.forEach(function(who,k){
      var value=read.at[i][k+1];
      if(!value)return;
      var part=span('span','');
      part.className=who[0];
      part.append(k?' · ':': ');
      var name=span('b',who[1]);
      name.className='tx '+who[0];
      name.dir='auto';
      part.append(name,' '+value);
      line.appendChild(part);
    });
  }
  function show(i){
    at=i;
    chart.classList.toggle('live',i>=0);
    if(i<0){line.textContent=hint;return}
    guide.setAttribute('x1',places[i]+'%');
    guide.setAttribute('x2',places[i]+'%');
    tell(i);
    chart.setAttribute('aria-valuenow',i+1);
    chart.setAttribute('aria-valuetext',line.textContent);
  }
  // rest shows the pinned class where this chart has it.
  function rest(){show(pins&&pinned!==null?pins.indexOf(pinned):-1)}
  function mark(){if(pins&&at>=0){var i=at;pin(pins[i]);if(pinned===null&&document.activeElement===chart)show(i)}}
  function nearest(event){
    var box=chart.getBoundingClientRect(),x=100*(event.clientX-box.left)/box.width,best=0;
    places.forEach(function(place,i){if(Math.abs(place-x)<Math.abs(places[best]-x))best=i});
    return best;
  }

  chart.setAttribute('role','slider');
  chart.tabIndex=0;
  chart.setAttribute('aria-valuemin',1);
  chart.setAttribute('aria-valuemax',places.length);
  chart.setAttribute('aria-valuenow',1);
  chart.setAttribute('aria-valuetext','use the arrow keys');
  line.textContent=hint;
  charts.push(rest);
  chart.addEventListener('pointermove',function(event){var i=nearest(event);if(i!==at)show(i)});
  chart.addEventListener('pointerleave',rest);
  chart.addEventListener('blur',rest);
  chart.addEventListener('focus',function(){if(at<0)show(0)});
  chart.addEventListener('click',function(event){show(nearest(event));mark()});
  chart.addEventListener('keydown',function(event){
    var page=Math.max(2,Math.round(places.length/10));
    var to={ArrowRight:at+1,ArrowUp:at+1,ArrowLeft:at-1,ArrowDown:at-1,Home:0,End:last,PageUp:at+page,
      PageDown:at-page}[event.key];
    if(event.key==='Enter'||event.key===' ')mark();
    else if(event.key==='Escape'){if(pins&&pinned!==null)pin(null);show(-1);return}
    else if(to!==undefined)show(Math.max(0,Math.min(last,to)));
    else return;
    event.preventDefault();
  });
});
})();
